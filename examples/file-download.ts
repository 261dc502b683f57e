import express from 'express';
import { createMatchstick } from 'matchstick-tokens';
import { capabilityOf, linkOf, releaseCapability, requireCapability } from 'matchstick-tokens/express';
import { z } from 'zod';

const APP_URL = 'https://app.example.com';
const FILES = new URL('.', import.meta.url).pathname;

const matchstick = await createMatchstick({
  issuer: APP_URL,
  purposes: {
    'file-download': {
      audience: APP_URL,
      lifetime: '5m',
      claims: z.object({ file: z.string(), name: z.string() }),
    },
  },
});
const download = requireCapability({
  redeem: matchstick,
  purpose: 'file-download',
  from: 'link',
  mode: 'hold',
});

const app = express().use(express.urlencoded());

// For a user who is logged in, and may have the file: that is decided here, once.
app.post('/reports/:file/links', async (req, res) => {
  const claims = { file: req.params.file, name: 'report.txt' };
  const { token, expiresAt } = await matchstick.mint('file-download', { subject: 'user-42', claims });
  res.status(201).send({ url: `${APP_URL}/download?token=${token}`, expiresAt });
});

app.get('/download', download, (req, res) => {
  res.send(`<!doctype html><title>Your report</title>
    <form method="post" action="/download">
      <p>It can be downloaded once.</p>
      <button name="token" value="${linkOf(req)?.token}">Download</button>
    </form>`);
});

app.post('/download', download, (req, res, next) => {
  const { file, name } = capabilityOf(req, download).claims;
  res.download(file, name, { root: FILES }, async (error) => {
    if (!error || res.headersSent) return;
    // Not an octet was sent: whoever asked may try again.
    await releaseCapability(req);
    next(error);
  });
});

const server = app.listen(process.env.PORT ?? 3000, () => console.log('listening on', server.address()));
