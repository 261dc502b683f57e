import { once } from 'node:events';
import express from 'express';
import { createClient } from 'matchstick-tokens/client';
import { capabilityOf, keepRawBody, requireCapability } from 'matchstick-tokens/express';

const { MATCHSTICK_URL = 'http://127.0.0.1:4100', ORDERS_KEY = '', BILLING_KEY = '' } = process.env;
const BILLING_URL = process.env.BILLING_URL ?? 'http://127.0.0.1:4200';

// In the service "billing". Every token is good for one call: this method, this URL, this body, once.
const charge = requireCapability({
  redeem: createClient({ url: MATCHSTICK_URL, key: BILLING_KEY }),
  purpose: 'charge',
  audience: 'billing',
  origin: BILLING_URL,
});
const billing = express().use(express.json({ verify: keepRawBody }));
billing.post('/charges', charge, (req, res) => {
  res.send(`${capabilityOf(req).subject} charged ${req.body.order} with ${req.body.amount}`);
});
const server = billing.listen(new URL(BILLING_URL).port, () => console.log('billing listens'));
await once(server, 'listening');

// In the service "orders". The token is minted for the request, and sent with it.
const matchstick = createClient({ url: MATCHSTICK_URL, key: ORDERS_KEY });
const response = await matchstick.fetch(`${BILLING_URL}/charges`, {
  capability: 'charge',
  audience: 'billing',
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ order: 'order-7', amount: '42 EUR' }),
});
console.log(response.status, await response.text());
server.close();
