import { createMatchstick, definePurposes, type Matchstick, type PurposeTypesOf } from 'matchstick-tokens';
import { type Client, createClient } from 'matchstick-tokens/client';
import { z } from 'zod';

const purposes = definePurposes({
  file: {
    audience: ['app', 'worker'],
    lifetime: '5m',
    claims: z.strictObject({ key: z.string() }),
  },
});
type Purposes = PurposeTypesOf<typeof purposes>;

const inProcess: Matchstick<Purposes> = await createMatchstick({
  issuer: 'https://cap.example.test',
  purposes,
});
const client: Client<Purposes> = createClient<Purposes>({ url: 'https://cap.example.test', key: 'x' });

for (const matchstick of [inProcess, client]) {
  await matchstick.mint('file', { subject: 'user-42', audience: 'app', claims: { key: 'a' } });
  const { claims } = await matchstick.redeem('token', 'file');
  claims.key satisfies string;
  // @ts-expect-error: the claims are typed, so this package has its types
  claims.key satisfies number;
  // @ts-expect-error: the audience is missing
  await matchstick.mint('file', { subject: 'user-42', claims: { key: 'a' } });
}
