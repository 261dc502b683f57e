import { z } from 'zod';
import { createMatchstick, definePurposes, type Matchstick, type PurposeMap } from '../../src/index.ts';
import { type Purposes, purposes } from './purposes.ts';

const issuer = 'https://cap.example.test';

export async function fits(): Promise<void> {
  const opened = await createMatchstick({ issuer, purposes });
  const matchstick: Matchstick<Purposes> = opened;
  await matchstick.mint('plain', { subject: 'user-42' });
  const inline = await createMatchstick({
    issuer,
    purposes: {
      reset: { audience: ['a', 'b'], lifetime: '5m', claims: z.strictObject({ key: z.string() }) },
    },
    ledger: { redis: { cluster: ['a:1', 'b:2'], tls: true }, shards: 8 },
    keys: { file: 'keys.json', algorithm: 'Ed25519' },
  });
  await inline.mint('reset', { subject: 'user-42', audience: 'b', claims: { key: 'a' } });
  // @ts-expect-error: the types of purposes that are declared in place are known as well
  await inline.mint('reset', { subject: 'user-42', audience: 'c', claims: { key: 'a' } });
  await inline.close();
}

export function doesNot(): void {
  // @ts-expect-error: no unit
  definePurposes({ p: { audience: 'a', lifetime: '15' } });
  // @ts-expect-error: no lifetime
  definePurposes({ p: { audience: 'a' } });
  // @ts-expect-error: no audience
  definePurposes({ p: { lifetime: '15m' } });
  // @ts-expect-error: claims are an object
  definePurposes({ p: { audience: 'a', lifetime: '15m', claims: z.string() } });
  // @ts-expect-error: a JSON Schema is no validator
  definePurposes({ p: { audience: 'a', lifetime: '15m', claims: { type: 'object' } } });
  const claims = z.strictObject({ email: z.string() });
  // @ts-expect-error: no claim has this name
  definePurposes({ p: { audience: 'a', lifetime: '15m', claims, sealed: ['emial'] } });
  // @ts-expect-error: neither optional nor required
  definePurposes({ p: { audience: 'a', lifetime: '15m', bind: { session: true } } });
  // @ts-expect-error: nothing else can be bound to
  definePurposes({ p: { audience: 'a', lifetime: '15m', bind: { address: 'required' } } });
  // @ts-expect-error: no issuer
  createMatchstick({ purposes });
  // @ts-expect-error: in memory, or in Redis
  createMatchstick({ issuer, purposes, ledger: {} });
  // @ts-expect-error: the same words as in a configuration file
  createMatchstick({ issuer, purposes, ledger: { redis: 'redis://127.0.0.1', shard: 4 } });
}

/** Of purposes that nothing is known of at compile time, everything may be said; it is judged at run time. */
export async function untyped(matchstick: Matchstick, wide: Matchstick<PurposeMap>): Promise<object> {
  const bind = { session: 's', key: 'k' };
  const options = { subject: 'user-42', audience: 'any', claims: { key: 'a' }, bind };
  const { token } = await matchstick.mint('anything', options);
  return (await wide.redeem(token, 'anything')).claims;
}
