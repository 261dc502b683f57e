import { Router } from 'express';
import { field, trouble } from './form.ts';
import { type Html, html } from './html.ts';
import type { Matchstick } from './matchstick.ts';
import { sendPage } from './page.ts';
import { userOf } from './session.ts';
import type { User, Users } from './users.ts';

const TIMEOUT_MS = 10_000;

export interface Invoices {
  readonly users: Users;
  readonly matchstick: Matchstick;
  readonly billingUrl: string;
}

/** A call to another service that can be made once. */
export function invoicePages({ users, matchstick, billingUrl }: Invoices): Router {
  const router = Router();

  router.get('/invoices', (req, res) => {
    const user = userOf(req, users);
    if (!user) return res.redirect(303, '/');
    sendPage(res, 200, formPage(user));
  });

  router.post('/invoices', async (req, res) => {
    const user = userOf(req, users);
    if (!user) return res.redirect(303, '/');
    const order = { customer: field(req.body, 'customer').trim(), euros: Number(field(req.body, 'euros')) };
    if (order.customer === '' || !(order.euros > 0)) {
      return sendPage(res, 422, formPage(user, 'Name a customer, and an amount above 0.'));
    }
    const { token } = await matchstick.mint({
      purpose: 'service-call',
      subject: user.id,
      audience: 'billing',
    });
    const calls = [await callBilling(token, order)];
    // What somebody would try who has seen the call.
    if (field(req.body, 'again') === 'yes') calls.push(await callBilling(token, order));
    sendPage(res, 200, { title: 'What billing said', user, body: answers(calls) });
  });

  async function callBilling(token: string, order: object): Promise<Answer> {
    const response = await fetch(new URL('/invoices', billingUrl), {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(order),
    });
    return { status: response.status, body: await response.json() };
  }

  return router;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function formPage(user: User, said?: string) {
  return {
    title: 'Create an invoice',
    user,
    body: html`<p>Billing is a service of its own. It is called with a token for this one call.</p>
${trouble(said)}
<form method="post" action="/invoices">
<label>Customer <input name="customer" value="Analytical Engines Ltd" maxlength="100" required></label>
<label>Euros <input name="euros" type="number" value="120" min="1" max="100000" required></label>
<label class="check"><input type="checkbox" name="again" value="yes"> Make the call twice, as somebody would who has seen the token</label>
<button>Create the invoice</button>
</form>`,
  };
}

function answers(calls: readonly Answer[]): Html {
  const shown = calls.map(
    ({ status, body }, index) => html`<h2>Call ${index + 1}: ${status}</h2>
<pre>${JSON.stringify(body, null, 2)}</pre>`,
  );
  return html`${shown}
<p><a href="/invoices">Another one</a></p>`;
}
