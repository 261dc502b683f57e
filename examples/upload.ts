import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import { createMatchstick } from 'matchstick-tokens';
import { capabilityOf, releaseCapability, requireCapability } from 'matchstick-tokens/express';
import { z } from 'zod';

const APP_URL = 'https://app.example.com';
const folder = await mkdtemp(join(tmpdir(), 'uploads-'));

const matchstick = await createMatchstick({
  issuer: APP_URL,
  purposes: {
    upload: { audience: APP_URL, lifetime: '15m', claims: z.object({ size: z.int().max(5_000_000) }) },
  },
});
const upload = requireCapability({ redeem: matchstick, purpose: 'upload', mode: 'hold', hold: 300 });

const app = express();

// For a user who is logged in. The page sends the file with "Authorization: Bearer <token>".
app.post('/uploads', express.json(), async (req, res) => {
  const claims = { size: Number(req.body?.size) };
  res.status(201).send(await matchstick.mint('upload', { subject: 'user-42', claims }));
});

app.put('/uploads', upload, async (req, res) => {
  const { jti, claims } = capabilityOf(req, upload);
  const isExpected = req.headers['content-length'] === String(claims.size);
  try {
    if (isExpected) await pipeline(req, createWriteStream(join(folder, jti)));
  } catch (error) {
    // It broke off. Nothing is kept of it, so it may be tried again.
    await rm(join(folder, jti), { force: true });
    await releaseCapability(req);
    throw error;
  }
  if (!isExpected) await releaseCapability(req);
  res.status(isExpected ? 201 : 422).send(isExpected ? { id: jti } : 'That is another file.');
});

app.get('/uploads/:id', (req, res) => res.type('bin').sendFile(req.params.id, { root: folder }));

const server = app.listen(process.env.PORT ?? 3000, () => console.log('listening on', server.address()));
