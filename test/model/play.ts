import type {
  BurnAnswer,
  BurnLedger,
  CollectAnswer,
  LedgerChange,
  LedgerNote,
  RecordedState,
  RevokeAnswer,
  SettleAnswer,
  SignedToken,
} from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { newAttempt, newTokenId } from '../contract/burn-ledger.contract.ts';
import * as rules from './model.ts';
import { ATTEMPTS, COLLECTORS, callerOf, type Step, strangerTo } from './steps.ts';

/** What a step came to. */
export type Answer =
  | BurnAnswer
  | SettleAnswer
  | rules.Collected
  | rules.Revoked
  | RecordedState
  | { readonly outcome: 'minted'; readonly living: boolean }
  | { readonly outcome: 'registered' | 'not-registered' }
  /** The step asks the ledger nothing. */
  | { readonly outcome: 'nothing' };

const NOTHING = { outcome: 'nothing' } as const;

interface HeldToken {
  readonly id: TokenId;
  readonly topic: SignedToken;
  readonly burnableUntilMs: number;
  readonly live: number | undefined;
}

/** A change that was heard of, and the number of the other token that it tells of. */
interface Recorded {
  readonly what: LedgerChange;
  readonly token?: number;
}

/** A sequence's names: sequences that share a server have subjects and attempts of their own. */
export interface Names {
  readonly subjects: string;
  readonly attempts: readonly string[];
  readonly collectors: readonly string[];
}

export function newNames(subjects = ''): Names {
  const several = (length: number) => Array.from({ length }, newAttempt);
  return { subjects, attempts: several(ATTEMPTS), collectors: several(COLLECTORS) };
}

const subjectOf = ({ subjects }: Names, subject: number) => `${subjects}${['anna', 'bert'][subject]}`;
const purposeOf = (purpose: number) => ['password-reset', 'file-download'][purpose] ?? '';
const kidOf = ({ subjects }: Names, key: number) => `${['k1', 'k2'][key]}-${subjects.trim()}`;
const topicOf = (names: Names, { subject, purpose, key }: Extract<Step, { do: 'mint' }>): SignedToken => ({
  subject: subjectOf(names, subject),
  purpose: purposeOf(purpose),
  kid: kidOf(names, key),
});
const byOf = ({ attempts }: Names, attempt: number, caller = callerOf(attempt)) => ({
  attempt: attempts[attempt] ?? '',
  caller,
});

const collectorOf = ({ collectors }: Names, collector: number) => collectors[collector] ?? '';

function withoutTime(answer: CollectAnswer): rules.Collected {
  return answer.outcome === 'collected-by-another' ? { outcome: answer.outcome } : answer;
}

function withoutReach({ epoch, elsewhere, ...answer }: RevokeAnswer): rules.Revoked {
  if (answer.outcome === 'unknown') throw new Error('a token that was minted is not known');
  return answer;
}

/** Plays steps on a ledger: the minter and the redeemer in one. */
export function ledgerPlayer(ledger: () => BurnLedger, names: Names) {
  const tokens: HeldToken[] = [];
  let heard: Recorded[] = [];
  const note: LedgerNote = {
    text: '{"v":1}',
    recorded: (what, _, of) => {
      const token = tokens.findIndex(({ id }) => id.nonce === of?.nonce);
      heard.push(of === undefined ? { what } : { what, token });
    },
  };

  async function mint(step: Extract<Step, { do: 'mint' }>): Promise<Answer> {
    const topic = topicOf(names, step);
    const id = await newTokenId(ledger(), step.lifetimeSeconds, topic.subject, step.uses);
    const token = { id, topic, burnableUntilMs: id.expiresAt * 1000, live: step.live };
    tokens.push(token);
    return { outcome: 'minted', living: await register(token) };
  }

  async function register({ id, topic, live, burnableUntilMs }: HeldToken): Promise<boolean> {
    return live === undefined || ledger().register([{ id, burnableUntilMs }], topic, live, note);
  }

  async function play(step: Step): Promise<Answer> {
    if (step.do === 'mint') return mint(step);
    if (step.do === 'revoke-subject') {
      const purpose = step.purpose === undefined ? undefined : purposeOf(step.purpose);
      await ledger().revokeSubject(subjectOf(names, step.subject), purpose, note);
      return NOTHING;
    }
    if (step.do === 'revoke-key') {
      await ledger().revokeKey(kidOf(names, step.key));
      return NOTHING;
    }
    const token = tokenOf(step, tokens);
    if (!token) return NOTHING;
    const { id, topic, burnableUntilMs } = token;
    const times = { burnableFromMs: id.issuedAt * 1000, burnableUntilMs };
    switch (step.do) {
      case 'redeem':
        return ledger().burn({
          id,
          ...topic,
          ...times,
          ...byOf(names, step.attempt),
          toBeCollected: step.toBeCollected,
          note,
        });
      case 'hold': {
        const { attempt, holdSeconds } = step;
        return ledger().burn({ id, ...topic, ...times, ...byOf(names, attempt), holdSeconds, note });
      }
      case 'commit':
      case 'release': {
        const caller = step.stranger ? strangerTo(step.attempt) : callerOf(step.attempt);
        return ledger().settle({ id, ...byOf(names, step.attempt, caller), note }, step.do);
      }
      case 'collect': {
        const caller = step.stranger ? strangerTo(step.attempt) : callerOf(step.attempt);
        const collector = collectorOf(names, step.collector);
        return withoutTime(
          await ledger().collect({ id, ...topic, ...byOf(names, step.attempt, caller), collector, note }),
        );
      }
      case 'revoke':
        return withoutReach(await ledger().revoke(id, burnableUntilMs, note));
      case 'register-again':
        if (token.live === undefined) return NOTHING;
        return { outcome: (await register(token)) ? 'registered' : 'not-registered' };
      case 'inspect':
        return ledger().inspect(id, step.withTopic ? topic : undefined);
      default:
        return NOTHING;
    }
  }

  return {
    play,
    newest: () => tokens.at(-1),
    /** What was recorded since this was asked last. Tokens that were superseded are numbers. */
    heard: (): readonly Recorded[] => {
      const since = heard;
      heard = [];
      return since;
    },
  };
}

/** Plays a step on the model, as if the ledger had decided at that moment. */
export function playOnModel(
  model: rules.Model,
  names: Names,
  step: Step,
  nowMs: number,
  mintedExpiresAtMs: number,
): Answer {
  if (step.do === 'mint') {
    const token: rules.ModelToken = {
      topic: topicOf(names, step),
      uses: step.uses,
      live: step.live,
      expiresAtMs: mintedExpiresAtMs,
      epoch: model.epoch,
      taken: new Map(),
      releases: 0,
      collected: new Map(),
    };
    const living = step.live === undefined || rules.register(model, token, step.live, nowMs);
    model.tokens.push(token);
    return { outcome: 'minted', living };
  }
  if (step.do === 'revoke-subject') {
    const purpose = step.purpose === undefined ? undefined : purposeOf(step.purpose);
    rules.revokeSubject(model, subjectOf(names, step.subject), purpose);
    return NOTHING;
  }
  if (step.do === 'revoke-key') {
    rules.revokeKey(model, kidOf(names, step.key));
    return NOTHING;
  }
  if (step.do === 'restart') {
    rules.restart(model);
    return NOTHING;
  }
  const token = tokenOf(step, model.tokens);
  if (!token) return NOTHING;
  switch (step.do) {
    case 'redeem':
      return rules.burn(
        model,
        token,
        byOf(names, step.attempt),
        { toBeCollected: step.toBeCollected },
        nowMs,
      );
    case 'hold':
      return rules.burn(model, token, byOf(names, step.attempt), { holdSeconds: step.holdSeconds }, nowMs);
    case 'commit':
    case 'release': {
      const caller = step.stranger ? strangerTo(step.attempt) : callerOf(step.attempt);
      return rules.settle(model, token, byOf(names, step.attempt, caller), step.do, nowMs);
    }
    case 'collect': {
      const caller = step.stranger ? strangerTo(step.attempt) : callerOf(step.attempt);
      const collector = collectorOf(names, step.collector);
      return rules.collect(model, token, byOf(names, step.attempt, caller), collector, nowMs);
    }
    case 'revoke':
      return rules.revoke(model, token, nowMs);
    case 'register-again':
      if (token.live === undefined) return NOTHING;
      return {
        outcome: rules.register(model, token, token.live, nowMs) ? 'registered' : 'not-registered',
      };
    case 'inspect':
      return rules.inspect(model, token, step.withTopic, nowMs);
    default:
      return NOTHING;
  }
}

/** The token that a step is about, if it is about one. */
export function tokenOf<T>(step: Step, tokens: readonly T[]): T | undefined {
  return 'token' in step ? tokens[step.token % tokens.length] : undefined;
}
