import { REMEMBERED_SECONDS } from '../../src/contract/limits.ts';
import type {
  BurnAnswer,
  BurnRequest,
  CollectAnswer,
  RecordedState,
  SettleAnswer,
  SignedToken,
  UseAnswer,
} from '../../src/ledger/burn-ledger.ts';

/** What single use means, written from the contract of `BurnLedger` alone. Plain data, so that it can be copied. */
export interface Model {
  epoch: number;
  readonly tokens: ModelToken[];
  /** Names of keys. A memory that is lost has forgotten them. */
  readonly revokedKeys: Set<string>;
}

export interface ModelToken {
  readonly topic: SignedToken;
  readonly uses: number;
  readonly expiresAtMs: number;
  readonly epoch: number;
  /** By attempt, in the order in which they were taken or ended. */
  readonly taken: Map<string, Taken>;
  /** How often it was given back. */
  releases: number;
  /** Who collected, by attempt. When is not here: an answer that collects does not tell. */
  readonly collected: Map<string, string>;
  /** Of how many newest ones of its topic it is to be one; absent when it is not registered. */
  readonly live?: number | undefined;
  registered?: boolean;
  marked?: 'revoked' | 'superseded';
  revokedWithSubject?: boolean;
}

interface Taken {
  readonly caller: string;
  readonly use: UseAnswer;
  /** Burned, and nobody has collected it yet. */
  readonly waits?: boolean;
  /** A hold that nobody has ended. */
  readonly unsettled?: boolean;
}

/** How often a token is given back; the next time it is burned. */
const MOST_RELEASES = 16;

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
  return { epoch: 0, tokens: [], revokedKeys: new Set() };
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
  return [...token.taken].flatMap(([attempt, taken]) => {
    const { use } = taken;
    if (use.outcome === 'released') return [];
    if (use.outcome === 'burned' || nowMs < use.heldUntilMs) return [{ ...taken, attempt, use }];
    const burned = { outcome: 'burned', atMs: use.heldUntilMs, usesLeft: use.usesLeft } as const;
    return [{ ...taken, attempt, use: burned }];
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

/** Why nobody can get anything of a token. */
function endedBy({ revokedKeys }: Model, token: ModelToken): 'revoked' | 'superseded' | undefined {
  return endedByItself(token) ?? (revokedKeys.has(token.topic.kid) ? 'revoked' : undefined);
}

/** The same, whatever became of its key. */
function endedByItself({ marked, revokedWithSubject }: ModelToken): 'revoked' | 'superseded' | undefined {
  return marked ?? (revokedWithSubject ? 'revoked' : undefined);
}

/** Whether every use is burned, and one of them waits to be collected or is a hold that nobody ended. */
function isUnfinished(token: ModelToken, nowMs: number): boolean {
  return (
    exhausted(token, nowMs)?.outcome === 'already-burned' &&
    usesOf(token, nowMs).some(({ waits, unsettled }) => waits || unsettled)
  );
}

export function burn(
  model: Model,
  token: ModelToken,
  by: By,
  { holdSeconds, toBeCollected = false }: Pick<BurnRequest, 'holdSeconds' | 'toBeCollected'>,
  nowMs: number,
): BurnAnswer {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { outcome: 'expired' };
  const own = useOf(token, by.attempt, nowMs);
  const ended = endedBy(model, token);
  if (own && ended && own.use.outcome !== 'released') return { outcome: ended };
  if (own) return { ...own.use, repeated: true };
  if (nowMs >= token.expiresAtMs) return { outcome: 'expired' };
  const gone = exhausted(token, nowMs);
  if (gone) return gone;
  if (ended) return { outcome: ended };
  const usesLeft = token.uses - usesOf(token, nowMs).length - 1;
  const use: UseAnswer = holdSeconds
    ? { outcome: 'held', atMs: nowMs, usesLeft, heldUntilMs: nowMs + holdSeconds * 1000 }
    : { outcome: 'burned', atMs: nowMs, usesLeft };
  const isHeld = use.outcome === 'held';
  token.taken.set(by.attempt, {
    caller: by.caller,
    use,
    waits: toBeCollected && !isHeld,
    unsettled: isHeld,
  });
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
  const ended = endedBy(model, token);
  if (how === 'commit' && own.unsettled && ended) return { outcome: ended };
  if (own.use.outcome !== 'held') {
    if (how === 'commit' && own.unsettled) token.taken.set(by.attempt, { caller: by.caller, use: own.use });
    return own.use;
  }
  const isGivenBack = how === 'release' && token.releases < MOST_RELEASES;
  if (isGivenBack) token.releases++;
  const use = {
    outcome: isGivenBack ? 'released' : 'burned',
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
  const ended = endedBy(model, token);
  if (ended && !token.collected.has(by.attempt)) return { outcome: ended };
  const first = token.collected.get(by.attempt) ?? collector;
  token.collected.set(by.attempt, first);
  const taken = token.taken.get(by.attempt);
  if (taken) token.taken.set(by.attempt, { ...taken, waits: false });
  if (first !== collector) return { outcome: 'collected-by-another' };
  return { outcome: 'collected', atMs: own.use.atMs, usesLeft: own.use.usesLeft };
}

export function revoke(model: Model, token: ModelToken, nowMs: number): Revoked {
  if (token.epoch !== model.epoch) return { outcome: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { outcome: 'expired' };
  const gone = exhausted(token, nowMs);
  token.marked ??= 'revoked';
  if (gone?.outcome === 'already-burned' && !isUnfinished(token, nowMs)) return gone;
  return { outcome: nowMs >= token.expiresAtMs ? 'expired' : token.marked };
}

export function revokeSubject(model: Model, subject: string, purpose?: string): void {
  for (const token of model.tokens) {
    if (token.topic.subject !== subject) continue;
    if (purpose === undefined || token.topic.purpose === purpose) token.revokedWithSubject = true;
  }
}

export function revokeKey({ revokedKeys }: Model, kid: string): void {
  revokedKeys.add(kid);
}

/** The ledger loses its memory, and with it the keys that were revoked. */
export function restart(model: Model): void {
  model.epoch++;
  model.revokedKeys.clear();
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
      !endedByItself(each) &&
      memoryOf(each, nowMs) !== 'forgotten',
  );
  let living = 1;
  let over = 0;
  for (const each of open.reverse()) {
    const isOpen = exhausted(each, nowMs)?.outcome !== 'already-burned';
    const isUnfinished = usesOf(each, nowMs).some(({ waits, unsettled }) => waits || unsettled);
    if (isOpen && nowMs < each.expiresAtMs && living < live) living++;
    else if ((isUnfinished || !isOpen) && living < live && over < live) over++;
    else each.marked = 'superseded';
  }
  token.registered = true;
  return true;
}

export function inspect(model: Model, token: ModelToken, withTopic: boolean, nowMs: number): RecordedState {
  if (token.epoch !== model.epoch) return { state: 'void' };
  if (memoryOf(token, nowMs) === 'forgotten') return { state: 'unrecorded', usesLeft: token.uses };
  const gone = exhausted(token, nowMs);
  if (gone?.outcome === 'held-by-another') return { state: 'held', heldUntilMs: gone.heldUntilMs };
  const ended = withTopic ? endedBy(model, token) : token.marked;
  if (gone?.outcome === 'already-burned' && !(ended && isUnfinished(token, nowMs))) {
    return { state: 'burned', redeemedAtMs: gone.redeemedAtMs, redeemedBy: gone.redeemedBy };
  }
  if (ended) return { state: ended };
  return { state: 'unrecorded', usesLeft: token.uses - usesOf(token, nowMs).length };
}
