// Starts, loses every file that it was made of, and then uses everything for the first time. The argument is a Redis.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createMatchstick, definePurposes } from 'matchstick-tokens';
import { createClient, createDpopKey, dpopProof, thumbprintOf } from 'matchstick-tokens/client';
import { capabilityOf, requireCapability } from 'matchstick-tokens/express';
import { z } from 'zod';

const [redis] = process.argv.slice(2);
const audience = 'app';
const matchstick = await createMatchstick({
  issuer: 'https://cap.example.test',
  ledger: { redis },
  keys: { file: 'keys.json' },
  purposes: definePurposes({
    plain: { audience, lifetime: '5m', live: 2, limit: { count: 100, per: '1h' } },
    sealed: { audience, lifetime: '5m', claims: z.strictObject({ key: z.string() }), sealed: ['key'] },
    bound: { audience, lifetime: '5m', bind: { session: 'optional', key: 'optional', request: 'optional' } },
    link: { audience, lifetime: '5m', link: { code: true } },
  }),
});
const client = createClient({ url: 'http://127.0.0.1:1', key: `ms_app_${'A'.repeat(43)}`, retries: 0 });

rmSync('node_modules', { recursive: true });

const subject = 'user-42';
const mint = async (purpose, options = {}) => (await matchstick.mint(purpose, { subject, ...options })).token;
const url = 'https://app.example.test/charges';
const request = { method: 'POST', url };
// Express is not installed here, and the guard does not import it.
const asOfExpress = (req) =>
  Object.assign(req, { originalUrl: req.url, protocol: 'http', app: { get: () => undefined } });
const USES = {
  redeem: async () => (await matchstick.redeem(await mint('plain'), 'plain')).state,
  'redeem again': async () => {
    const token = await mint('plain');
    await matchstick.redeem(token, 'plain');
    return matchstick.redeem(token, 'plain');
  },
  'mint many': async () => (await matchstick.mintMany('plain', [{ subject }, { subject }])).length,
  'sealed claims': async () => {
    const token = await mint('sealed', { claims: { key: 'a' } });
    return (await matchstick.redeem(token, 'sealed')).claims.key;
  },
  'wrong claims': () => mint('sealed', { claims: { key: 1 } }),
  session: async () => {
    const session = randomBytes(16).toString('hex');
    return (
      await matchstick.redeem(await mint('bound', { bind: { session } }), 'bound', { proof: { session } })
    ).state;
  },
  'key and request': async () => {
    const key = await createDpopKey();
    const token = await mint('bound', { bind: { key: await thumbprintOf(key), request } });
    const dpop = await dpopProof(key, { ...request, token });
    return (await matchstick.redeem(token, 'bound', { proof: { dpop, request } })).state;
  },
  hold: async () => {
    const { redemptionId } = await matchstick.redeem(await mint('plain'), 'plain', { hold: 60 });
    return (await matchstick.commit(redemptionId)).state;
  },
  release: async () => {
    const { redemptionId } = await matchstick.redeem(await mint('plain'), 'plain', { hold: 60 });
    return (await matchstick.release(redemptionId)).state;
  },
  use: async () => matchstick.use(await mint('plain'), 'plain', () => 'used'),
  link: async () => (await matchstick.mint('link', { subject })).url.length > 0,
  collect: () => matchstick.collect('A'.repeat(72)),
  inspect: async () => (await matchstick.inspect(await mint('plain'))).state,
  revoke: async () => {
    const token = await mint('plain');
    await matchstick.revoke({ token });
    return matchstick.redeem(token, 'plain');
  },
  'revoke a subject': async () => {
    const token = await mint('plain');
    await matchstick.revoke({ subject, purpose: 'plain' });
    return matchstick.redeem(token, 'plain');
  },
  'mistype a purpose': () => mint('plian'),
  purposes: async () => Object.keys(await matchstick.purposes()).length > 0,
  readiness: async () => (await matchstick.readiness()).ready,
  guard: async () => {
    const guard = requireCapability({ redeem: matchstick, purpose: 'plain' });
    const server = createServer((req, res) =>
      guard(asOfExpress(req), res, (error) => res.end(error ? error.code : capabilityOf(req).subject)),
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const headers = { Authorization: `Bearer ${await mint('plain')}` };
    const got = [];
    for (let times = 0; times < 2; times++) {
      got.push(await (await fetch(`http://127.0.0.1:${server.address().port}`, { headers })).text());
    }
    server.close();
    return [got[0], JSON.parse(got[1]).code].join();
  },
  client: () => client.mint('plain', { subject }),
  'bound fetch': () => client.fetch(url, { capability: 'plain', audience }),
  close: () => matchstick.close(),
};
const outcomes = {};
for (const [name, use] of Object.entries(USES)) {
  outcomes[name] = await use().catch((error) => error.code ?? error.message);
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
