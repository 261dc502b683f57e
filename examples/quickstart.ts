import express from 'express';
import { createMatchstick } from 'matchstick-tokens';
import { capabilityOf, linkOf, requireCapability } from 'matchstick-tokens/express';

const matchstick = await createMatchstick({
  issuer: 'https://app.example.com',
  purposes: { download: { audience: 'app', lifetime: '5m' }, charge: { audience: 'app', lifetime: '1m' } },
});
const download = requireCapability({ redeem: matchstick, purpose: 'download', from: 'link' });
const charge = requireCapability({ redeem: matchstick, purpose: 'charge' }); // Authorization: Bearer <token>

const app = express().use(express.urlencoded());
app.post('/links', async (_req, res) => res.send(await matchstick.mint('download', { subject: 'a.txt' })));
app.post('/orders', async (_req, res) => res.send(await matchstick.mint('charge', { subject: 'order-7' })));
app.get('/download', download, (req, res) => {
  const { token } = linkOf(req) ?? {}; // /download?token=… is opened: by a person, a scanner, a preview
  res.send(`<form method="post" action="?"><button name="token" value="${token}">Download</button></form>`);
});
app.post('/download', download, (req, res) => res.attachment(capabilityOf(req).subject).send('Yours.')); // once
app.post('/charge', charge, (req, res) => res.send(`charged ${capabilityOf(req).subject}`)); // once
app.listen(process.env.PORT ?? 3000, (error) => console.log(error?.message ?? 'Listening'));
