import { type Client, createClient, type DpopKey, type PreVerification } from '../../src/client/index.ts';
import type { Redemption } from '../../src/contract/matchstick.ts';

/** What the compiler lets through and what it refuses. Nothing here is run: `tsc` is the test. */

type Purposes = {
  'password-reset': { claims: undefined; audience: 'app'; bind: object };
  'file-download': { claims: { key: string; filename?: string }; audience: 'app'; bind: object };
  'service-call': { claims: undefined; audience: 'billing' | 'mailer'; bind: { request: 'required' } };
  'proved-call': { claims: undefined; audience: 'billing'; bind: { request: 'optional'; key: 'required' } };
};

export async function typed(client: Client<Purposes>, key: DpopKey): Promise<void> {
  const { claims } = await client.redeem('token', 'file-download');
  claims.key satisfies string;
  claims.filename satisfies string | undefined;
  // @ts-expect-error: it has no such claim
  claims.other;

  await client.mint('file-download', { subject: 'a', claims: { key: 'b' } });
  // @ts-expect-error: its claims are missing
  await client.mint('file-download', { subject: 'a' });
  // @ts-expect-error: there is no such purpose
  await client.mint('file-upload', { subject: 'a' });
  // @ts-expect-error: of several audiences one must be named
  await client.prefetch('service-call', [{ subject: 'a', bind: { request: { method: 'GET', url: '' } } }]);

  const url = 'https://billing.example.test/';
  await client.fetch(url, { capability: 'service-call', audience: 'billing' });
  await client.fetch(url, { capability: 'service-call', audience: 'billing', method: 'POST', body: 'a' });
  await client.fetch(url, { token: 'token', key, method: 'POST' });
  await client.fetch(url, { capability: 'file-download', claims: { key: 'a' }, bind: { request: false } });
  await client.fetch(url, { capability: 'proved-call', key, bind: { request: false } });
  // @ts-expect-error: one audience must be named
  await client.fetch(url, { capability: 'service-call' });
  // @ts-expect-error: there is no such audience
  await client.fetch(url, { capability: 'service-call', audience: 'app' });
  // @ts-expect-error: it must be bound to the request
  await client.fetch(url, { capability: 'service-call', audience: 'billing', bind: { request: false } });
  // @ts-expect-error: it cannot be bound to a key
  await client.fetch(url, { capability: 'service-call', audience: 'billing', key });
  // @ts-expect-error: it must be bound to a key
  await client.fetch(url, { capability: 'proved-call' });
  // @ts-expect-error: it cannot be bound to the request
  await client.fetch(url, { capability: 'file-download', claims: { key: 'a' } });
  // @ts-expect-error: neither a capability nor a token
  await client.fetch(url, { method: 'GET' });
}

export async function untyped(): Promise<void> {
  createClient();
  createClient({ url: process.env.SOME_URL, key: process.env.SOME_KEY });
  const client = createClient({ url: '', key: '' });
  await client.mint('anything', { subject: 'a', claims: { key: 'b' }, bind: { session: 'c' } });
  await client.fetch('', { capability: 'anything', audience: 'b', claims: { a: 1 } });
  const { claims } = await client.redeem('token', 'anything');
  claims satisfies object;
}

export function plausibleIsNoRedemption(result: PreVerification): void {
  // @ts-expect-error: it is none
  result satisfies Redemption;
  // @ts-expect-error: nor is one that is plausible
  if (result.plausible) result satisfies Redemption;
}
