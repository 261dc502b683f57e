import { createHash } from 'node:crypto';
import type { BurnLedger, SignedToken } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { newTokenId } from '../contract/burn-ledger.contract.ts';
import type { Recorded } from './history.ts';
import { callerOf } from './steps.ts';

/** What a crowd of askers does to some tokens, in however many processes. Plain data: it travels as JSON. */
export interface Workload {
  readonly seed: number;
  readonly tokens: readonly CrowdToken[];
  /** By the clock that all processes of a machine share: `sharedMs`. */
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** How many ask at the same time in each process. */
  readonly askers: number;
}

export interface CrowdToken {
  readonly name: string;
  readonly id: TokenId;
  readonly topic: SignedToken;
}

/** A question, told when it is asked and once more when it is answered. */
export interface Asked {
  readonly token: string;
  readonly kind: Recorded['kind'];
  readonly attempt: string;
  readonly caller: string;
  readonly startedAtMs: number;
}
export type Log = (asked: Asked) => (endedAtMs: number, outcome: string) => void;

const PURPOSE = 'password-reset';
const TOKENS_PER_SUBJECT = 5;
const ATTEMPTS_PER_TOKEN = 8;
/** How many neighbouring tokens are asked for at a time: the crowd walks over them all, and meets at each. */
const WINDOW = 10;
const LIFETIME_SECONDS = 600;

export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A log that is a history. */
export function recordTo(history: Recorded[]): Log {
  return (asked) => {
    const index = history.push({ ...asked, endedAtMs: Number.POSITIVE_INFINITY, outcome: 'no-answer' }) - 1;
    return (endedAtMs, outcome) => {
      history[index] = {
        ...asked,
        endedAtMs: outcome === 'no-answer' ? Number.POSITIVE_INFINITY : endedAtMs,
        outcome,
      };
    };
  };
}

/** Tokens for one to three uses; half of them are registered as live. */
export async function mintCrowdTokens(ledger: BurnLedger, count: number): Promise<CrowdToken[]> {
  const tokens: CrowdToken[] = [];
  for (let number = 0; number < count; number++) {
    const topic = {
      subject: `subject-${Math.floor(number / TOKENS_PER_SUBJECT)}`,
      purpose: PURPOSE,
      kid: 'key-1',
    };
    const id = await newTokenId(ledger, LIFETIME_SECONDS, topic.subject, 1 + (number % 3));
    if (number % 2 === 0)
      await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], topic, TOKENS_PER_SUBJECT);
    tokens.push({ name: `token-${number}`, id, topic });
  }
  return tokens;
}

/** Asks until the workload's end. Each crowd of a workload needs a number of its own. */
export async function crowd(ledger: BurnLedger, workload: Workload, number: number, log: Log): Promise<void> {
  const { seed, startsAtMs, endsAtMs, askers, tokens } = workload;
  await Promise.all(
    Array.from({ length: askers }, async (_, asker) => {
      const random = seededRandom(seed * 1_000_003 + number * 1009 + asker);
      while (sharedMs() < endsAtMs) {
        const progress = Math.max(0, (sharedMs() - startsAtMs) / (endsAtMs - startsAtMs));
        const place = Math.floor(progress * (tokens.length - WINDOW)) + Math.floor(random() * WINDOW);
        const token = tokens[Math.min(Math.max(place, 0), tokens.length - 1)];
        if (token) await act(ledger, workload, token, random, log);
      }
    }),
  );
}

/** Attempts that the crowd does not make, one more than the token has uses: they find out what is left of it. */
export async function sweep(ledger: BurnLedger, workload: Workload, log: Log): Promise<void> {
  for (const token of workload.tokens) {
    for (let extra = 0; extra <= token.id.uses; extra++) {
      await take(ledger, workload, token, ATTEMPTS_PER_TOKEN + extra, undefined, log);
    }
  }
}

async function act(
  ledger: BurnLedger,
  workload: Workload,
  token: CrowdToken,
  random: () => number,
  log: Log,
) {
  const attempt = Math.floor(random() * ATTEMPTS_PER_TOKEN);
  const what = random();
  if (what < 0.3) return take(ledger, workload, token, attempt, undefined, log);
  if (what < 0.83) {
    await take(ledger, workload, token, attempt, random() < 0.3 ? 1 : 60, log);
    const then = random();
    if (then < 0.2) return end(ledger, workload, token, attempt, 'commit', log);
    if (then < 0.9) await end(ledger, workload, token, attempt, 'release', log);
    if (then < 0.3) await end(ledger, workload, token, attempt, 'release', log);
    return;
  }
  if (what < 0.985) return end(ledger, workload, token, attempt, random() < 0.3 ? 'commit' : 'release', log);
  if (what < 0.993) return revoke(ledger, token, log);
  if (what < 0.9985) return supersede(ledger, token);
  return revokeSubject(ledger, workload, token, log);
}

async function take(
  ledger: BurnLedger,
  { seed }: Workload,
  { name, id, topic }: CrowdToken,
  number: number,
  holdSeconds: number | undefined,
  log: Log,
): Promise<void> {
  const by = { attempt: attemptId(seed, name, number), caller: callerOf(number) };
  const answered = log({
    token: name,
    kind: holdSeconds ? 'hold' : 'redeem',
    ...by,
    startedAtMs: sharedMs(),
  });
  const times = { burnableFromMs: id.issuedAt * 1000, burnableUntilMs: id.expiresAt * 1000 };
  const outcome = await outcomeOf(ledger.burn({ id, ...topic, ...by, ...times, holdSeconds }));
  answered(sharedMs(), outcome);
}

async function end(
  ledger: BurnLedger,
  { seed }: Workload,
  { name, id }: CrowdToken,
  number: number,
  how: 'commit' | 'release',
  log: Log,
): Promise<void> {
  const by = { attempt: attemptId(seed, name, number), caller: callerOf(number) };
  const answered = log({ token: name, kind: how, ...by, startedAtMs: sharedMs() });
  const outcome = await outcomeOf(ledger.settle({ id, ...by }, how));
  answered(sharedMs(), outcome);
}

const BY_NOBODY = { kind: 'revoke', attempt: '', caller: '' } as const;

async function revoke(ledger: BurnLedger, { name, id }: CrowdToken, log: Log): Promise<void> {
  const answered = log({ token: name, ...BY_NOBODY, startedAtMs: sharedMs() });
  const outcome = await outcomeOf(ledger.revoke(id, id.expiresAt * 1000));
  answered(sharedMs(), outcome);
}

async function revokeSubject(
  ledger: BurnLedger,
  { tokens }: Workload,
  { topic }: CrowdToken,
  log: Log,
): Promise<void> {
  const startedAtMs = sharedMs();
  const answers = tokens
    .filter((token) => token.topic.subject === topic.subject)
    .map(({ name }) => log({ token: name, ...BY_NOBODY, startedAtMs }));
  const revoking = ledger.revokeSubject(topic.subject).then(() => ({ outcome: 'revoked' }));
  const outcome = await outcomeOf(revoking);
  for (const answered of answers) answered(sharedMs(), outcome);
}

async function supersede(ledger: BurnLedger, { topic }: CrowdToken): Promise<void> {
  try {
    const id = await newTokenId(ledger, LIFETIME_SECONDS, topic.subject);
    await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], topic, 1);
  } catch {
    // Whether it happened is seen by those whose tokens are superseded.
  }
}

async function outcomeOf(asked: Promise<{ outcome: string }>): Promise<string> {
  try {
    return (await asked).outcome;
  } catch {
    // A ledger that is away says so at once: without a pause nobody else would get to run.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return 'no-answer';
  }
}

function attemptId(seed: number, token: string, number: number): string {
  return createHash('sha256').update(`${seed} ${token} ${number}`).digest('base64url').slice(0, 22);
}

/** mulberry32: the same sequence for the same seed, between 0 and 1. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
