import type { Matchstick } from '../../src/index.ts';
import type { Purposes } from './purposes.ts';

const subject = 'user-42';
const request = { method: 'POST', url: 'https://billing.example.test/invoices' };

export async function fits(matchstick: Matchstick<Purposes>): Promise<void> {
  await matchstick.mint('plain', { subject });
  await matchstick.mint('plain', { subject, audience: 'app', expiresIn: 60, uses: 1, link: false });
  await matchstick.mint('many', { subject, audience: 'mailer' });
  await matchstick.mint('withZod', { subject, claims: { key: 'a', size: 1 } });
  await matchstick.mint('withZod', { subject, claims: { key: 'a' } });
  await matchstick.mint('withValibot', { subject, claims: { key: 'a' } });
  await matchstick.mint('withArktype', { subject, claims: { key: 'a' } });
  await matchstick.mint('optionalClaims', { subject });
  await matchstick.mint('optionalClaims', { subject, claims: { note: 'a' } });
  await matchstick.mint('transformed', { subject, claims: { pages: '12' } });
  await matchstick.mint('bound', { subject, bind: { session: 's' } });
  await matchstick.mint('bound', { subject, bind: { session: 's', key: 'thumbprint' } });
  await matchstick.mint('loose', { subject });
  await matchstick.mint('loose', { subject, bind: { request } });
  await matchstick.mintMany('withZod', [{ subject, claims: { key: 'a' } }]);
  const linked = await matchstick.mint('linked', { subject });
  linked.url satisfies string;
  (await matchstick.mint('linked', { subject, link: true })).url satisfies string;
  const coded = await matchstick.mint('coded', { subject, link: true });
  [coded.url, coded.code] satisfies [string, string];
  (await matchstick.mint('linked', { subject, link: Boolean(subject) })).url satisfies string | undefined;
  const leading = { then: 'https://app.example/{subject}' } as const;
  (await matchstick.mint('leading', { subject, link: leading })).url satisfies string;
  await matchstick.mint('leading', { subject, link: true });
  const led = await matchstick.mint('leadingTwice', { subject, link: { then: 'https://b.example' } });
  led.url satisfies string;
  const [first] = await matchstick.mintMany('linked', [{ subject }]);
  first?.url satisfies string | undefined;
}

/** Nothing is known of the links of these purposes, so anything may be said, and a url may be there. */
export async function unknownLinks(matchstick: Matchstick): Promise<string | undefined> {
  await matchstick.mint('anything', { subject, link: { then: 'https://a.example' } });
  return (await matchstick.mint('anything', { subject, link: true })).url;
}

export async function doesNot(matchstick: Matchstick<Purposes>): Promise<void> {
  // @ts-expect-error: there is no such purpose
  await matchstick.mint('plian', { subject });
  // @ts-expect-error: no subject
  await matchstick.mint('plain', {});
  // @ts-expect-error: an option that does not exist
  await matchstick.mint('plain', { subject, expires: 60 });
  // @ts-expect-error: a purpose without claims
  await matchstick.mint('plain', { subject, claims: { key: 'a' } });
  // @ts-expect-error: another audience than the one
  await matchstick.mint('plain', { subject, audience: 'mailer' });
  // @ts-expect-error: one of several audiences must be named
  await matchstick.mint('many', { subject });
  // @ts-expect-error: not one of them
  await matchstick.mint('many', { subject, audience: 'app' });
  // @ts-expect-error: no claims
  await matchstick.mint('withZod', { subject });
  // @ts-expect-error: a claim is missing
  await matchstick.mint('withZod', { subject, claims: {} });
  // @ts-expect-error: a claim of another type
  await matchstick.mint('withZod', { subject, claims: { key: 1 } });
  // @ts-expect-error: a claim that is not declared
  await matchstick.mint('withZod', { subject, claims: { key: 'a', other: 'b' } });
  // @ts-expect-error: a claim of another type
  await matchstick.mint('withValibot', { subject, claims: { key: 1 } });
  // @ts-expect-error: a claim of another type
  await matchstick.mint('withArktype', { subject, claims: { key: 1 } });
  // @ts-expect-error: what the validator makes of the claim, not what it takes
  await matchstick.mint('transformed', { subject, claims: { pages: 12 } });
  // @ts-expect-error: a binding is missing
  await matchstick.mint('bound', { subject });
  // @ts-expect-error: the required one is missing
  await matchstick.mint('bound', { subject, bind: { key: 'thumbprint' } });
  // @ts-expect-error: a kind that the purpose does not bind
  await matchstick.mint('bound', { subject, bind: { session: 's', request } });
  // @ts-expect-error: a session is named by a text
  await matchstick.mint('bound', { subject, bind: { session: request } });
  // @ts-expect-error: a purpose without bindings
  await matchstick.mint('plain', { subject, bind: { session: 's' } });
  // @ts-expect-error: a request has a URL
  await matchstick.mint('loose', { subject, bind: { request: { method: 'POST' } } });
  // @ts-expect-error: a purpose without links
  await matchstick.mint('plain', { subject, link: true });
  // @ts-expect-error: a purpose whose links lead to no address
  await matchstick.mint('linked', { subject, link: { then: 'https://a.example' } });
  // @ts-expect-error: another address
  await matchstick.mint('leadingTwice', { subject, link: { then: 'https://c.example' } });
  // @ts-expect-error: which has no url either
  (await matchstick.mint('plain', { subject })).url;
  // @ts-expect-error: a mint without a link
  (await matchstick.mint('linked', { subject, link: false })).url;
  // @ts-expect-error: no link unless one is asked for
  (await matchstick.mint('coded', { subject })).url;
  // @ts-expect-error: a link without a code
  (await matchstick.mint('linked', { subject })).code;
  // @ts-expect-error: each of many
  await matchstick.mintMany('withZod', [{ subject, claims: { key: 'a' } }, { subject }]);
}
