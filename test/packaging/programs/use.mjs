// Uses every entry point, as a project does that is not compiled. The first argument is a Redis to try as well.
import { createMatchstick, definePurposes, MatchstickError } from 'matchstick-tokens';
import { MatchstickError as ClientError, createClient } from 'matchstick-tokens/client';
import { MatchstickError as MiddlewareError, requireCapability } from 'matchstick-tokens/express';
import manifest from 'matchstick-tokens/package.json' with { type: 'json' };
import { z } from 'zod';

const purposes = definePurposes({
  file: { audience: 'app', lifetime: '5m', claims: z.strictObject({ key: z.string() }) },
});

const [redis] = process.argv.slice(2);
const ledgers = [{ memory: true }, ...(redis ? [{ redis }] : [])];
const outcomes = [];
for (const ledger of ledgers) {
  const issuer = 'https://cap.example.test';
  const matchstick = await createMatchstick({ issuer, purposes, ledger, keys: { file: 'keys.json' } });
  const { token } = await matchstick.mint('file', { subject: 'user-42', claims: { key: 'a' } });
  const { claims } = await matchstick.redeem(token, 'file');
  const refused = await matchstick.redeem(token, 'file').catch((error) => error);
  outcomes.push([claims.key, refused instanceof MatchstickError, refused.code]);
  requireCapability({ redeem: matchstick, purpose: 'file' });
  await matchstick.close();
}
const client = createClient({ url: 'http://127.0.0.1:1', key: `ms_app_${'A'.repeat(43)}`, retries: 0 });
const unreachable = await client.inspect('x').catch((error) => error);
process.stdout.write(
  `${JSON.stringify({
    version: manifest.version,
    outcomes,
    unreachable: unreachable.code,
    oneErrorClass: MatchstickError === ClientError && ClientError === MiddlewareError,
  })}\n`,
);
