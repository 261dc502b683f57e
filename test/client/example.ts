import { randomBytes } from 'node:crypto';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { MatchstickError } from '../../src/errors.ts';
import type { ScriptedService } from './scripted-service.ts';

export const KEY = `ms_shop_${randomBytes(32).toString('base64url')}`;

/** No real one: the client has no way to tell. */
export const TOKEN = randomBytes(150).toString('base64url');

export const REDEMPTION_ID = randomBytes(54).toString('base64url');

export const REDEMPTION = {
  redemptionId: REDEMPTION_ID,
  state: 'burned',
  jti: randomBytes(39).toString('base64url'),
  purpose: 'password-reset',
  subject: 'user-42',
  audience: 'https://app.example.test',
  claims: {},
  redeemedAt: '2026-11-21T11:52:53.621Z',
  usesLeft: 0,
};

export const MINTED = {
  token: TOKEN,
  jti: REDEMPTION.jti,
  purpose: 'password-reset',
  subject: 'user-42',
  audience: 'https://app.example.test',
  issuedAt: '2026-11-21T11:52:53.000Z',
  expiresAt: '2026-11-21T12:07:53.000Z',
};

export function clientOf(
  { url }: Pick<ScriptedService, 'url'>,
  options: Partial<ClientOptions> = {},
): Client {
  return createClient({ url, key: KEY, ...options });
}

/** The MatchstickError that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<MatchstickError> {
  const thrown = await call.then(
    (answer: unknown) => new Error(`it answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  if (!(thrown instanceof MatchstickError)) throw thrown;
  return thrown;
}
