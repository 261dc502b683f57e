// The recipe without signatures: a random token that Redis knows, SETEX at mint and GETDEL at redeem. Each mint takes memory,
// whether anybody redeems it or not; a copy of Redis that comes back has used tokens again; a reply that is lost costs the user the token.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { Redis } from 'ioredis';

const LIFETIME_SECONDS = 900;
const API_KEY = Buffer.from(`Bearer ${process.env.API_KEY ?? ''}`);
const redis = new Redis(process.env.REDIS_URL ?? '');

const app = express();
app.use((req, res, next) => {
  const given = Buffer.from(req.get('authorization') ?? '');
  if (given.length === API_KEY.length && timingSafeEqual(given, API_KEY)) return next();
  res.status(401).json({ error: 'unauthorized' });
});
app.use(express.json());

app.post('/v1/tokens', async (req, res) => {
  const { purpose, subject } = req.body;
  const token = randomBytes(32).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: 'https://cap.example.test', aud: 'https://app.example.test', sub: subject },
    ...{ iat, exp: iat + LIFETIME_SECONDS, purpose },
  };
  await redis.setex(`recipe-c:${token}`, LIFETIME_SECONDS, JSON.stringify(claims));
  res.status(201).json({ token });
});

app.post('/v1/redemptions', async (req, res) => {
  const text = await redis.getdel(`recipe-c:${req.body.token}`);
  if (text === null) return res.status(410).json({ error: 'unknown or already used' });
  const claims: { purpose: string } = JSON.parse(text);
  // Too late: it is burned already.
  if (claims.purpose !== req.body.purpose) return res.status(403).json({ error: 'wrong purpose' });
  return res.json(claims);
});

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`listens on http://127.0.0.1:${address.port}`);
});
