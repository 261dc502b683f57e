// The fast recipe: Fastify with schemas, fast-jwt, and SET NX in Redis. It keeps no promise when Redis forgets or a reply
// is lost.
import { generateKeyPairSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';
import fastify from 'fastify';
import { Redis } from 'ioredis';

interface MintBody {
  readonly purpose: string;
  readonly subject: string;
}

interface RedeemBody {
  readonly purpose: string;
  readonly token: string;
}

interface Claims {
  readonly jti: string;
  readonly exp: number;
  readonly purpose: string;
}

const ISSUER = 'https://cap.example.test';
const AUDIENCE = 'https://app.example.test';
const API_KEY = Buffer.from(`Bearer ${process.env.API_KEY ?? ''}`);
const { privateKey, publicKey } = generateKeyPairSync('ec', {
  ...{ namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' } },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const expected = { allowedIss: ISSUER, allowedAud: AUDIENCE };
const sign = createSigner({ key: privateKey, algorithm: 'ES256', kid: '0123456789abcdef', expiresIn: '15m' });
const verify = createVerifier({ key: publicKey, algorithms: ['ES256'], ...expected });
const redis = new Redis(process.env.REDIS_URL ?? '');

const strings = (...names: readonly string[]) => ({
  type: 'object',
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const app = fastify();
app.addHook('onRequest', async (request, reply) => {
  const given = Buffer.from(request.headers.authorization ?? '');
  if (given.length === API_KEY.length && timingSafeEqual(given, API_KEY)) return;
  return reply.code(401).send({ error: 'unauthorized' });
});

app.post<{ Body: MintBody }>(
  '/v1/tokens',
  { schema: { body: strings('purpose', 'subject') } },
  async ({ body: { purpose, subject } }, reply) => {
    const named = { iss: ISSUER, aud: AUDIENCE, sub: subject, jti: randomUUID(), purpose };
    return reply.code(201).send({ token: sign(named) });
  },
);

app.post<{ Body: RedeemBody }>(
  '/v1/redemptions',
  { schema: { body: strings('purpose', 'token') } },
  async ({ body }, reply) => {
    let claims: Claims;
    try {
      claims = verify(body.token);
    } catch {
      return reply.code(401).send({ error: 'invalid token' });
    }
    if (claims.purpose !== body.purpose) return reply.code(403).send({ error: 'wrong purpose' });
    const seconds = Math.max(1, claims.exp - Math.floor(Date.now() / 1000));
    const isFirst = await redis.set(`recipe-b:${claims.jti}`, '1', 'EX', seconds, 'NX');
    return isFirst ? claims : reply.code(410).send({ error: 'already used' });
  },
);

console.log(`listens on ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
