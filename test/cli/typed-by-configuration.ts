import { createClient } from '../../src/client/index.ts';
import type { Matchstick } from '../../src/contract/matchstick.ts';
import type { ContractPurposes } from '../contract/matchstick-purposes.ts';
import type { Purposes } from './purposes.ts';

const client = createClient<Purposes>({ url: 'https://cap.example.test', key: `ms_app_${'A'.repeat(43)}` });
const subject = 'user-42';

export async function fits(token: string): Promise<string> {
  await client.mint('password-reset', { subject });
  await client.mint('2fa', { subject, audience: "it's" });
  await client.mint('2fa', { subject, audience: 'back\\slash' });
  await client.mint('in-session', { subject, bind: { session: 's' } });
  const claims = { address: { street: 'x' }, 'odd-name': 3, pair: ['a', 1] } as const;
  await client.mint('purposes', { subject, claims: { ...claims, pair: [...claims.pair] } });
  await client.mint('a-b', { subject });
  const redemption = await client.redeem(token, 'file-download');
  return redemption.claims.key;
}

export async function doesNot(token: string): Promise<void> {
  // @ts-expect-error: there is no such purpose
  await client.mint('password-rest', { subject });
  // @ts-expect-error: the audience must be named
  await client.mint('2fa', { subject });
  // @ts-expect-error: a session is required
  await client.mint('in-session', { subject, bind: { key: 'k' } });
  // @ts-expect-error: a claim is missing
  await client.mint('file-download', { subject, claims: {} });
  // @ts-expect-error: a claim that is not declared
  await client.mint('file-download', { subject, claims: { key: 'a', other: 'b' } });
  // @ts-expect-error: not in the list
  await client.mint('purposes', { subject, claims: { address: { street: 'x' }, 'odd-name': 'b' } });
  // @ts-expect-error: a purpose without claims
  await client.mint('ticket', { subject, claims: { key: 'a' } });
  // @ts-expect-error: a claim that is not declared
  (await client.redeem(token, 'file-download')).claims.other;
}

/** What is written by hand and what is printed are of the same types. */
export const same: Matchstick<Pick<Purposes, keyof ContractPurposes>> extends Matchstick<ContractPurposes>
  ? true
  : false = true;
