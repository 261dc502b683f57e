import express from 'express';
import { createClient } from 'matchstick-tokens/client';
import { capabilityOf, requireCapability } from 'matchstick-tokens/express';

type Purposes = { file: { claims: { key: string }; audience: 'app'; bind: Record<never, never> } };

const redeem = createClient<Purposes>({ url: 'https://cap.example.test', key: 'x' });
const app = express();
app.get('/file', requireCapability({ redeem, purpose: 'file' }), (request, response) => {
  response.send(capabilityOf(request));
});
// @ts-expect-error: there is no such purpose
requireCapability({ redeem, purpose: 'flie' });
