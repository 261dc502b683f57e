// The second service. It knows no users and no sessions: a call is allowed by the token that it carries, once.
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { z } from 'zod';
import { type Matchstick, MatchstickError, matchstick, type Redeemed } from './matchstick.ts';
import { serve } from './serve.ts';

const HOLD_SECONDS = 30;

const environment = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(4001),
  MATCHSTICK_URL: z.url().default('http://127.0.0.1:4100'),
  MATCHSTICK_KEY: z.string().min(1),
});

const orderBody = z.strictObject({
  customer: z.string().min(1).max(100),
  euros: z.number().positive().max(100_000),
});

function billing(deployment: Matchstick) {
  const invoices: object[] = [];
  const app = express();
  app.disable('x-powered-by');

  app.post('/invoices', express.json({ limit: '4kb' }), async (req, res) => {
    const [, token] = /^Bearer ([\w.-]+)$/.exec(req.get('Authorization') ?? '') ?? [];
    if (token === undefined) return refuse(res, 'there is no token');
    // Before the token is looked at: an order that makes no sense must not cost it.
    const order = orderBody.safeParse(req.body);
    if (!order.success)
      return problem(res, 400, 'invalid_order', 'An order has a customer, and euros above 0.');

    const call = await redeem(token);
    if (call instanceof MatchstickError) return refuse(res, call.code);
    const invoice = await during(call, async () => {
      const number = `2026-${String(invoices.length + 1).padStart(4, '0')}`;
      const created = { number, ...order.data, createdBy: call.subject };
      invoices.push(created);
      return created;
    });
    console.log(`invoice ${invoice.number} was created`);
    res.status(201).json(invoice);
  });

  /** Holds the token, so that it is not lost with work that fails. A refusal is a value, no answer is thrown. */
  async function redeem(token: string): Promise<Redeemed | MatchstickError> {
    const order = { token, purpose: 'service-call', audience: 'billing', hold: HOLD_SECONDS };
    return deployment.redeem(order, randomUUID()).catch((error: unknown) => {
      if (error instanceof MatchstickError && !error.isPassing) return error;
      throw error;
    });
  }

  async function during<T>({ redemptionId }: Redeemed, work: () => Promise<T>): Promise<T> {
    const done = await work().catch(async (error: unknown) => {
      await deployment.release(redemptionId).catch(report);
      throw error;
    });
    // Should it fail: a hold that nobody ends is burned when its time is over.
    await deployment.commit(redemptionId).catch(report);
    return done;
  }

  app.use((_req, res) => problem(res, 404, 'not_found', 'There is nothing here.'));
  app.use(onError);
  return app;
}

/** One answer for every token that does not do: why is told to our log, not to a stranger. */
function refuse(res: Response, why: string): void {
  console.log(`a call was refused: ${why}`);
  res.set('WWW-Authenticate', 'Bearer error="invalid_token"');
  problem(res, 401, 'invalid_token', 'The token is not valid for this call, or was used before.');
}

/** RFC 9457. */
function problem(res: Response, status: number, code: string, detail: string): void {
  const body = { type: `urn:billing:problem:${code}`, title: code.replaceAll('_', ' '), status, detail };
  res.status(status).set('Cache-Control', 'no-store').type('application/problem+json').json(body);
}

const onError: ErrorRequestHandler = (error, _req, res, _next) => {
  // What Express says of a body quotes it, so that it is not repeated.
  if (error.status >= 400 && error.status < 500)
    return problem(res, error.status, 'invalid_request', 'Not JSON.');
  report(error);
  if (error instanceof MatchstickError) return problem(res, 503, 'unavailable', 'Try again.');
  problem(res, 500, 'internal', 'That went wrong here.');
};

function report(error: unknown): void {
  console.error(error instanceof MatchstickError ? `${error.code}: ${error.message}` : error);
}

const { PORT, MATCHSTICK_URL, MATCHSTICK_KEY } = environment.parse(process.env);
serve('Billing', billing(matchstick(MATCHSTICK_URL, MATCHSTICK_KEY)), PORT);
