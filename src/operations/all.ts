import type { Deployment } from '../burn/deployment.ts';
import type { UrlSigner } from '../burn/opening.ts';
import type { EventStore } from '../events/store.ts';
import type { Limits } from '../limits/limit.ts';
import { collectOperation } from './collect.ts';
import { lookUpOperation, revokeAsOperatorOperation } from './desk.ts';
import { eventsOperation } from './events.ts';
import { inspectJtiOperation, inspectOperation } from './inspect.ts';
import { type KeyOffice, listKeysOperation, revokeKeyOperation, rotateKeysOperation } from './keys.ts';
import { forLimitedCallers, type ReportLimit } from './limited.ts';
import { forLimitedVisitors, openLinkOperation, pressLinkOperation } from './link.ts';
import { mintManyOperation, mintOperation } from './mint.ts';
import type { Operation } from './operation.ts';
import { purposesOperation } from './purposes.ts';
import { redeemOperation } from './redeem.ts';
import { revokeOperation } from './revoke.ts';
import { settleOperation } from './settle.ts';
import { signUrlOperation } from './sign-url.ts';
import { hashSubjectOperation, type LookAtStatus, statusOperation } from './status.ts';
import { traced } from './traced.ts';

export type Operations = ReturnType<typeof allOperations>;

/** What operations need besides their deployment. */
export interface OperationPorts {
  readonly signer: UrlSigner;
  /** The moment from which the time of a signed URL counts. */
  readonly nowMs: () => number;
  /** The limits of people and strangers, who must be served also when those of the deployment do not answer. */
  readonly insuredLimits: Limits;
  readonly reportLimit: ReportLimit;
  /** The events that are kept. */
  readonly events: EventStore;
  readonly keys: KeyOffice;
  readonly lookAtStatus: LookAtStatus;
}

/** Every call of the API, for one deployment. */
export function allOperations(
  deployment: Deployment,
  { signer, nowMs, insuredLimits, reportLimit, events, keys, lookAtStatus }: OperationPorts,
) {
  const ofCallers = <Input, Output>(operation: Operation<Input, Output>) =>
    forLimitedCallers(operation, deployment, reportLimit);
  return {
    mint: traced('mint', ofCallers(mintOperation(deployment, reportLimit)), purposeOf, deployment.tracing),
    mintMany: ofCallers(mintManyOperation(deployment, reportLimit)),
    redeem: traced('redeem', ofCallers(redeemOperation(deployment)), purposeOf, deployment.tracing),
    collect: ofCallers(collectOperation(deployment)),
    commit: ofCallers(settleOperation('commit', deployment)),
    release: ofCallers(settleOperation('release', deployment)),
    revoke: ofCallers(revokeOperation(deployment)),
    inspect: ofCallers(inspectOperation(deployment)),
    inspectJti: ofCallers(inspectJtiOperation(deployment)),
    events: ofCallers(eventsOperation(deployment, events)),
    hashSubject: ofCallers(hashSubjectOperation(deployment)),
    status: ofCallers(statusOperation(deployment, lookAtStatus)),
    lookUp: ofCallers(lookUpOperation(deployment)),
    revokeAsOperator: ofCallers(revokeAsOperatorOperation(deployment)),
    listKeys: ofCallers(listKeysOperation(deployment, keys)),
    rotateKeys: ofCallers(rotateKeysOperation(deployment, keys)),
    revokeKey: ofCallers(revokeKeyOperation(deployment, keys)),
    purposes: ofCallers(purposesOperation(deployment)),
    signUrl: ofCallers(signUrlOperation(deployment, signer, nowMs)),
    openLink: forLimitedVisitors(openLinkOperation(deployment), deployment, insuredLimits, reportLimit),
    pressLink: forLimitedVisitors(pressLinkOperation(deployment), deployment, insuredLimits, reportLimit),
  };
}

function purposeOf({ purpose }: { readonly purpose: string }) {
  return { 'matchstick.purpose': purpose };
}
