// The usual recipe: Express, jsonwebtoken, and SET NX in Redis. It keeps no promise when Redis forgets or a reply is lost.
import { generateKeyPairSync, randomUUID, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';

const ISSUER = 'https://cap.example.test';
const AUDIENCE = 'https://app.example.test';
const API_KEY = Buffer.from(`Bearer ${process.env.API_KEY ?? ''}`);
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const redis = new Redis(process.env.REDIS_URL ?? '');

const app = express();
app.use((req, res, next) => {
  const given = Buffer.from(req.get('authorization') ?? '');
  if (given.length === API_KEY.length && timingSafeEqual(given, API_KEY)) return next();
  res.status(401).json({ error: 'unauthorized' });
});
app.use(express.json());

app.post('/v1/tokens', (req, res) => {
  const token = jwt.sign({ purpose: req.body.purpose }, privateKey, {
    ...{ algorithm: 'ES256', keyid: '0123456789abcdef', expiresIn: '15m', jwtid: randomUUID() },
    ...{ issuer: ISSUER, audience: AUDIENCE, subject: req.body.subject },
  });
  res.status(201).json({ token });
});

app.post('/v1/redemptions', async (req, res) => {
  let claims: string | jwt.JwtPayload;
  try {
    claims = jwt.verify(req.body.token, publicKey, {
      ...{ algorithms: ['ES256'], issuer: ISSUER, audience: AUDIENCE },
    });
  } catch {
    return res.status(401).json({ error: 'invalid token' });
  }
  if (typeof claims === 'string' || claims.exp === undefined || claims.purpose !== req.body.purpose)
    return res.status(403).json({ error: 'wrong purpose' });
  const seconds = Math.max(1, claims.exp - Math.floor(Date.now() / 1000));
  const isFirst = await redis.set(`recipe-a:${claims.jti}`, '1', 'EX', seconds, 'NX');
  return isFirst ? res.json(claims) : res.status(410).json({ error: 'already used' });
});

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(`listens on http://127.0.0.1:${address.port}`);
});
