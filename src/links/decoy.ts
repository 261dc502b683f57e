import { base64url } from 'jose';
import type { Deployment } from '../burn/deployment.ts';
import { EPOCH_BYTES, formatTokenId, NONCE_BYTES } from '../token/id.ts';
import type { SigningKey } from '../token/key.ts';
import { signToken } from '../token/sign.ts';
import type { FoundLink } from './link.ts';
import { newReference } from './reference.ts';
import { openText, sealText } from './sealed-deposit.ts';

interface Decoy {
  readonly reference: string;
  readonly sealed: string;
  readonly lock: FoundLink['lock'];
}

const decoys = new WeakMap<SigningKey, Promise<Decoy | undefined>>();

/**
 * What is looked at where no link is found, so that strangers wait as long for it as for a link that is dead: a
 * token that was signed here, of an epoch that never lives. Undefined if no purpose has links.
 */
export async function findDecoy(deployment: Deployment): Promise<FoundLink | undefined> {
  const { signing } = deployment.keys;
  const made = decoys.get(signing) ?? makeDecoy(signing, deployment);
  decoys.set(signing, made);
  const decoy = await made;
  if (!decoy) return undefined;
  const token = await openText(decoy.sealed, decoy.reference);
  return { token, ...(decoy.lock ? { lock: decoy.lock } : {}) };
}

async function makeDecoy(
  key: SigningKey,
  { purposes, issuer, ledger, deposits, randomBytes }: Deployment,
): Promise<Decoy | undefined> {
  const purpose = [...purposes.values()].find(({ link }) => link !== undefined);
  if (!purpose) return undefined;
  const issuedAt = Math.floor(ledger.nowMs() / 1000);
  const expiresAt = issuedAt + purpose.lifetimeSeconds;
  const jti = formatTokenId({
    ...{ shard: 0, uses: 1, generation: 0, issuedAt, expiresAt },
    epoch: base64url.encode(randomBytes(EPOCH_BYTES)),
    nonce: base64url.encode(randomBytes(NONCE_BYTES)),
  });
  const [aud = ''] = purpose.audiences;
  const claims = {
    iss: issuer,
    aud,
    sub: 'nobody',
    jti,
    iat: issuedAt,
    exp: expiresAt,
    purpose: purpose.name,
  };
  const reference = newReference(0, deposits, randomBytes);
  return {
    reference,
    sealed: await sealText(signToken(claims, key), reference),
    lock: purpose.link?.asksCode ? { triesLeft: 1, isOpen: false } : undefined,
  };
}
