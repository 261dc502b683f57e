import type { Matchstick } from '../../src/index.ts';
import type { Purposes, Same } from './purposes.ts';

export async function fits(matchstick: Matchstick<Purposes>, token: string): Promise<void> {
  const zod = await matchstick.redeem(token, 'withZod');
  true satisfies Same<typeof zod.claims, { key: string; size?: number | undefined }>;
  const valibot = await matchstick.redeem(token, 'withValibot');
  true satisfies Same<typeof valibot.claims, { key: string }>;
  const arktype = await matchstick.redeem(token, 'withArktype');
  true satisfies Same<typeof arktype.claims, { key: string }>;
  const transformed = await matchstick.redeem(token, 'transformed');
  true satisfies Same<typeof transformed.claims, { pages: number }>;
  const plain = await matchstick.redeem(token, 'plain', { hold: 60, attempt: 'a', proof: { session: 's' } });
  true satisfies Same<typeof plain.claims, Record<string, never>>;
  await matchstick.redeem(token, 'many', { audience: 'billing' });
  const result = await matchstick.use(token, 'withZod', ({ claims }) => claims.size);
  true satisfies Same<typeof result, number | undefined>;
  const key = await matchstick.use(token, 'withZod', async ({ claims }) => claims.key);
  true satisfies Same<typeof key, string>;
}

export async function doesNot(matchstick: Matchstick<Purposes>, token: string): Promise<void> {
  // @ts-expect-error: there is no such purpose
  await matchstick.redeem(token, 'plian');
  // @ts-expect-error: the purpose is always named
  await matchstick.redeem(token);
  // @ts-expect-error: another audience
  await matchstick.redeem(token, 'many', { audience: 'app' });
  // @ts-expect-error: an option that does not exist
  await matchstick.redeem(token, 'plain', { holds: 60 });
  // @ts-expect-error: a claim that is not declared
  (await matchstick.redeem(token, 'withZod')).claims.other;
  // @ts-expect-error: a purpose without claims has none
  (await matchstick.redeem(token, 'plain')).claims.key satisfies string;
  // @ts-expect-error: what the validator made of the claim, not what it took
  (await matchstick.redeem(token, 'transformed')).claims.pages satisfies string;
  // @ts-expect-error: claims are not written to
  (await matchstick.redeem(token, 'withZod')).jti = 'x';
  // @ts-expect-error: the handler gets the claims of this purpose
  await matchstick.use(token, 'withZod', ({ claims }) => claims.pages);
}
