// One program with all three entry points. Arguments: a Redis, a key file, and "store" for a purpose that opens an object.
import express from 'express';
import { createMatchstick, MatchstickError } from 'matchstick-tokens';
import { MatchstickError as ClientError, createClient } from 'matchstick-tokens/client';
import { MatchstickError as GuardError, requireCapability } from 'matchstick-tokens/express';

const [redis, file, store] = process.argv.slice(2);
const opens = { s3: { operation: 'get', store: 'files', key: 'a.txt' } };

async function main() {
  const matchstick = await createMatchstick({
    issuer: 'https://cap.example.test',
    ledger: { redis },
    keys: { file },
    purposes: { reset: { audience: 'app', lifetime: '5m', ...(store ? { opens } : {}) } },
    ...(store ? { stores: { files: { bucket: 'files', region: 'eu-central-1' } } } : {}),
  });
  const { token } = await matchstick.mint('reset', { subject: 'user-42' });
  const first = await matchstick.redeem(token, 'reset');
  const second = await matchstick.redeem(token, 'reset').catch((error) => error);

  const app = express();
  app.post('/', requireCapability({ redeem: matchstick, purpose: 'reset' }), (_req, res) => res.send('done'));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const other = await matchstick.mint('reset', { subject: 'user-42' });
  const statuses = [];
  for (let times = 0; times < 2; times++) {
    const headers = { Authorization: `Bearer ${other.token}` };
    const { status } = await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'POST', headers });
    statuses.push(status);
  }
  server.close();
  await matchstick.close();

  const client = createClient({ url: 'http://127.0.0.1:1', key: `ms_app_${'A'.repeat(43)}`, retries: 0 });
  const unreachable = await client.inspect(token).catch((error) => error);
  console.log(
    JSON.stringify({
      state: first.state,
      opens: first.opens ? new URL(first.opens.url).pathname : undefined,
      refused: [second.code, second instanceof MatchstickError],
      statuses,
      unreachable: unreachable.code,
      oneErrorClass: MatchstickError === ClientError && ClientError === GuardError,
    }),
  );
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
