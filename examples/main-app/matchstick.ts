// Matchstick over HTTP, as far as this example needs it.
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';

const TIMEOUT_MS = 5_000;
const TRIES = 3;

const minted = z.object({
  token: z.string(),
  jti: z.string(),
  issuedAt: z.string(),
  expiresAt: z.string(),
  url: z.string().optional(),
});
const redeemed = z.object({
  redemptionId: z.string(),
  state: z.enum(['burned', 'held']),
  jti: z.string(),
  purpose: z.string(),
  subject: z.string(),
  claims: z.record(z.string(), z.unknown()),
  redeemedAt: z.string(),
});
const settled = z.object({ state: z.enum(['burned', 'released']) });
const revoked = z.object({ revoked: z.literal(true) });
const problem = z.object({ code: z.string(), detail: z.string().optional() });

export type Minted = z.infer<typeof minted>;
export type Redeemed = z.infer<typeof redeemed>;

export interface MintOrder {
  readonly purpose: string;
  readonly subject: string;
  readonly audience?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly link?: boolean;
}

/** Refused, with the code that says why, or `unavailable`: there was no answer. Anything but success throws it. */
export class MatchstickError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MatchstickError';
    this.code = code;
  }

  /** Whether asking again, as the same attempt, may be answered otherwise. */
  get isPassing(): boolean {
    return ['unavailable', 'ledger_unavailable', 'internal'].includes(this.code);
  }
}

export type Matchstick = ReturnType<typeof matchstick>;

/**
 * `attempt` names one try of one user: draw it once and use it again for every repetition, also after a
 * restart, and a lost answer costs nobody their token. To another attempt the token is burned.
 */
export function matchstick(url: string, callerKey: string) {
  const ask = async <T>(method: string, path: string, reply: z.ZodType<T>, asked: Asked = {}): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return await askOnce(new URL(path, url), method, callerKey, reply, asked);
      } catch (error) {
        // All of it may be asked again: what is redeemed is named by its attempt, and a token that was
        // minted and never arrived is in nobody's hands.
        if (!(error instanceof MatchstickError) || !error.isPassing || tried === TRIES) throw error;
        await setTimeout(100 * tried);
      }
    }
  };
  return {
    mint: (order: MintOrder) => ask('POST', '/v1/tokens', minted, { body: order }),
    redeem: (order: { token: string; purpose: string; audience: string; hold?: number }, attempt: string) =>
      ask('POST', '/v1/redemptions', redeemed, { body: order, attempt }),
    commit: (redemptionId: string) => ask('POST', redemptionPath(redemptionId, '/commit'), settled),
    release: (redemptionId: string) => ask('POST', redemptionPath(redemptionId, '/release'), settled),
    /** What a visitor redeemed at a link, once. */
    collect: async (redemptionId: string, attempt: string) =>
      ask('POST', redemptionPath(redemptionId, '/collect'), redeemed, { attempt }),
    revokeAll: (of: { subject: string; purpose: string }) =>
      ask('POST', '/v1/revocations', revoked, { body: of }),
  };
}

interface Asked {
  readonly body?: unknown;
  readonly attempt?: string;
}

async function askOnce<T>(
  url: URL,
  method: string,
  callerKey: string,
  reply: z.ZodType<T>,
  { body, attempt }: Asked,
): Promise<T> {
  const response = await fetch(url, {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      Authorization: `Bearer ${callerKey}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(attempt === undefined ? {} : { 'Idempotency-Key': attempt }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(unavailable);
  const answer: unknown = await response.json().catch(unavailable);
  if (!response.ok) {
    const { success, data } = problem.safeParse(answer);
    throw success ? new MatchstickError(data.code, data.detail ?? data.code) : unavailable();
  }
  const { success, data } = reply.safeParse(answer);
  return success ? data : unavailable();
}

function unavailable(cause?: unknown): never {
  throw new MatchstickError('unavailable', 'Matchstick gave no answer that can be understood.', { cause });
}

/** The id may have come from a visitor's URL, and must not lead to another path. */
function redemptionPath(id: string, after: string): string {
  if (!/^[\w-]+$/.test(id)) throw new MatchstickError('not_found', 'That is not the id of a redemption.');
  return `/v1/redemptions/${id}${after}`;
}
