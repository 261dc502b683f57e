import type { Deployment } from '../burn/deployment.ts';
import type { UrlSigner } from '../burn/opening.ts';
import { collectOperation } from './collect.ts';
import { inspectJtiOperation, inspectOperation } from './inspect.ts';
import { openLinkOperation, pressLinkOperation } from './link.ts';
import { mintManyOperation, mintOperation } from './mint.ts';
import { redeemOperation } from './redeem.ts';
import { revokeOperation } from './revoke.ts';
import { settleOperation } from './settle.ts';
import { signUrlOperation } from './sign-url.ts';

export type Operations = ReturnType<typeof allOperations>;

/** Every call of the API, for one deployment. */
export function allOperations(deployment: Deployment, signer: UrlSigner, nowMs: () => number) {
  return {
    mint: mintOperation(deployment),
    mintMany: mintManyOperation(deployment),
    redeem: redeemOperation(deployment),
    collect: collectOperation(deployment),
    commit: settleOperation('commit', deployment),
    release: settleOperation('release', deployment),
    revoke: revokeOperation(deployment),
    inspect: inspectOperation(deployment),
    inspectJti: inspectJtiOperation(deployment),
    signUrl: signUrlOperation(signer, nowMs),
    openLink: openLinkOperation(deployment),
    pressLink: pressLinkOperation(deployment),
  };
}
