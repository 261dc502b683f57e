import { REMEMBERED_SECONDS } from '../../src/contract/limits.ts';
import type {
  BurnAnswer,
  BurnRequest,
  CollectAnswer,
  RecordedState,
  SettleAnswer,
  TokenSubject,
  UseAnswer,
} from '../../src/ledger/burn-ledger.ts';

/** What single use means, written from the contract of `BurnLedger` alone. Plain data, so that it can be copied. */
export interface Model {
  epoch: number;
  readonly tokens: ModelToken[];
}

export interface ModelToken {
  readonly topic: TokenSubject;
  readonly uses: number;
  readonly expiresAtMs: number;
  readonly epoch: number;
  /** By attempt, in the order in which they were taken or ended. */
  readonly taken: Map<string, { readonly caller: string; readonly use: UseAnswer }>;
  /** Who collected, by attempt. When is not here: an answer that collects does not tell. */
  readonly collected: Map<string, string>;
  /** Of how many newest ones of its topic it is to be one; absent when it is not registered. */
  readonly live?: number | undefined;
  registered?: boolean;
  marked?: 'revoked' | 'superseded';
  revokedWithSubject?: boolean;
}

/** What collecting comes to, without the time of an earlier one. */
export type Collected =
  | Exclude<CollectAnswer, { outcome: 'collected-by-another' }>
  | { outcome: 'collected-by-another' };

/** What revoking comes to, without what it holds for. */
export type Revoked =
  | { outcome: 'revoked' | 'superseded' | 'expired' | 'void' }
  | Extract<BurnAnswer, { outcome: 'already-burned' }>;

export type By = Pick<BurnRequest, 'attempt' | 'caller'>;

export function newModel(): Model {
  return { epoch: 0, tokens: [] };
}

/** Whether a token's records must be remembered, may be forgotten by now, or are. */
export function memoryOf(token: ModelToken, nowMs: number): 'remembered' | 'fading' | 'forgotten' {
  const agoSeconds = (nowMs - token.expiresAtMs) / 1000;
  if (agoSeconds < REMEMBERED_SECONDS) return 'remembered';
  return agoSeconds < REMEMBERED_SECONDS + FADING_SECONDS ? 'fading' : 'forgotten';
}

/** The moments at which something changes by itself. */
export function turningPoints({ tokens }: Model): number[] {
  return tokens.flatMap(({ expiresAtMs, taken }) => [
    expiresAtMs,
    ...[...taken.values()].flatMap(({ use }) => (use.outcome === 'held' ? [use.heldUntilMs] : [])),
  ]);
}

/** Records are dropped by the minute. */
const FADING_SECONDS = 180;

/** The uses that are not given back, as they are at that moment: a hold past its deadline is burned. */
function usesOf(token: ModelToken, nowMs: number) {
  return [...token.taken].flatMap(([attempt, { caller, use }]) => {
    if (use.outcome === 'released') return [];
    if (use.outcome === 'burned' || nowMs < use.heldUntilMs) return [{ attempt, caller, use }];
    const burned = { outcome: 'burned', atMs: use.heldUntilMs, usesLeft: use.usesLeft } as const;
    return [{ attempt, caller, use: burned }];
  });
}

function useOf(token: ModelToken, attempt: string, nowMs: number) {
  return usesOf(token, nowMs).find((each) => each.attempt === attempt) ?? token.taken.get(attempt);
}

/** Why nobody can take a use, when none is left. */
function exhausted(token: ModelToken, nowMs: number): BurnAnswer | undefined {
  const uses = usesOf(token, nowMs);
  if (uses.length < token.uses) return undefined;
  const deadlines = uses.flatMap(({ use }) => (use.outcome === 'held' ? [use.heldUntilMs] : []));
  if (deadlines.length > 0) return { outcome: 'held-by-another', heldUntilMs: Math.max(...deadlines) };
  const last = uses.reduce((a, b) => (b.use.atMs >= a.use.atMs ? b : a));
  return { outcome: 'already-burned', redeemedAtMs: last.use.atMs, redeemedBy: last.caller };
}

export function burn(
  model: Model,
  token: ModelToken,
  by: By,
  holdSeconds: number | undefined,
  nowMs: number,
): BurnAnswer {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { outcome: 'expired' };
  const own = useOf(token, by.attempt, nowMs);
  if (own) return { ...own.use, repeated: true };
  if (nowMs >= token.expiresAtMs) return { outcome: 'expired' };
  const gone = exhausted(token, nowMs);
  if (gone) return gone;
  if (token.marked) return { outcome: token.marked };
  if (token.revokedWithSubject) return { outcome: 'revoked' };
  const usesLeft = token.uses - usesOf(token, nowMs).length - 1;
  const use: UseAnswer = holdSeconds
    ? { outcome: 'held', atMs: nowMs, usesLeft, heldUntilMs: nowMs + holdSeconds * 1000 }
    : { outcome: 'burned', atMs: nowMs, usesLeft };
  token.taken.set(by.attempt, { caller: by.caller, use });
  return { ...use, repeated: false };
}

export function settle(
  model: Model,
  token: ModelToken,
  by: By,
  how: 'commit' | 'release',
  nowMs: number,
): SettleAnswer {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  const own = memoryOf(token, nowMs) === 'forgotten' ? undefined : useOf(token, by.attempt, nowMs);
  if (own?.caller !== by.caller) return { outcome: 'unknown' };
  if (own.use.outcome !== 'held') return own.use;
  const use = {
    outcome: how === 'commit' ? 'burned' : 'released',
    atMs: nowMs,
    usesLeft: own.use.usesLeft,
  } as const;
  token.taken.delete(by.attempt);
  token.taken.set(by.attempt, { caller: by.caller, use });
  return use;
}

export function collect(
  model: Model,
  token: ModelToken,
  by: By,
  collector: string,
  nowMs: number,
): Collected {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  const own = memoryOf(token, nowMs) === 'forgotten' ? undefined : useOf(token, by.attempt, nowMs);
  if (own?.caller !== by.caller || own.use.outcome !== 'burned') return { outcome: 'unknown' };
  const first = token.collected.get(by.attempt) ?? collector;
  token.collected.set(by.attempt, first);
  if (first !== collector) return { outcome: 'collected-by-another' };
  return { outcome: 'collected', atMs: own.use.atMs, usesLeft: own.use.usesLeft };
}

export function revoke(model: Model, token: ModelToken, nowMs: number): Revoked {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { outcome: 'expired' };
  const gone = exhausted(token, nowMs);
  if (!token.marked && gone?.outcome === 'already-burned') return gone;
  token.marked ??= 'revoked';
  return { outcome: nowMs >= token.expiresAtMs ? 'expired' : token.marked };
}

export function revokeSubject(model: Model, subject: string, purpose?: string): void {
  for (const token of model.tokens) {
    if (token.topic.subject !== subject) continue;
    if (purpose === undefined || token.topic.purpose === purpose) token.revokedWithSubject = true;
  }
}

/** Tokens are registered when they are minted, so the order of the tokens is that of their registration. */
export function register(model: Model, token: ModelToken, live: number, nowMs: number): boolean {
  if (token.epoch !== model.epoch) return false;
  if (memoryOf(token, nowMs) === 'forgotten') return false;
  if (token.registered) return true;
  const open = model.tokens.filter(
    (each) =>
      each.registered &&
      each.epoch === model.epoch &&
      each.topic.subject === token.topic.subject &&
      each.topic.purpose === token.topic.purpose &&
      !each.marked &&
      !each.revokedWithSubject &&
      exhausted(each, nowMs)?.outcome !== 'already-burned',
  );
  const older = open.filter((each) => nowMs < each.expiresAtMs);
  const expired = open.filter((each) => nowMs >= each.expiresAtMs);
  const beyond = older.slice(0, Math.max(0, older.length - live + 1));
  for (const each of [...expired, ...beyond]) each.marked = 'superseded';
  token.registered = true;
  return true;
}

export function inspect(model: Model, token: ModelToken, withTopic: boolean, nowMs: number): RecordedState {
  if (token.epoch !== model.epoch) return { state: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { state: 'unrecorded', usesLeft: token.uses };
  const gone = exhausted(token, nowMs);
  if (gone?.outcome === 'held-by-another') return { state: 'held', heldUntilMs: gone.heldUntilMs };
  if (gone?.outcome === 'already-burned') {
    return { state: 'burned', redeemedAtMs: gone.redeemedAtMs, redeemedBy: gone.redeemedBy };
  }
  if (token.marked) return { state: token.marked };
  if (withTopic && token.revokedWithSubject) return { state: 'revoked' };
  return { state: 'unrecorded', usesLeft: token.uses - usesOf(token, nowMs).length };
}
