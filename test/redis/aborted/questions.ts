import { createHash } from 'node:crypto';
import { MatchstickError } from '../../../src/errors.ts';
import type { LedgerNote } from '../../../src/ledger/burn-ledger.ts';
import type { DepositPlace } from '../../../src/ledger/deposits.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../../contract/burn-ledger.contract.ts';
import { RIGHT } from '../../contract/deposits.contract.ts';
import type { Told } from './judge.ts';
import type { Instance } from './memory.ts';
import { type Answer, NO_ANSWER, type Token, type World } from './world.ts';

/** One question to one instance. Asked again, it is a retry. */
export type Question = (instance: Instance, world: World) => Promise<Answer>;

export const OTHER_TICKET = 'another ticket';
const TICKET = 'a ticket';
const FREEZE_SECONDS = 600;
const CALLER = 'main';

/** A name for whoever asks, as long as an attempt's: the same for the same words. */
export function named(...words: readonly (string | number)[]): string {
  return createHash('sha256').update(words.join(' ')).digest('base64url').slice(0, 22);
}

export function proofNamed(...words: readonly string[]): string {
  return named(...words);
}

interface BurnOptions {
  readonly holdSeconds?: number;
  readonly proof?: string;
}

export function burn(name: string, attempt: string, { holdSeconds, proof }: BurnOptions = {}): Question {
  return async ({ ledger }, world) => {
    const { id, topic } = world.token(name);
    const note = noteOf('burn', name, attempt);
    const request = { ...burnOf(id, attempt, CALLER), ...topic, holdSeconds, proofName: proof, note };
    return about(name, { what: 'burn', attempt, proof }, async () => {
      const answer = await ledger.burn(request);
      if (!('repeated' in answer)) return answer;
      return { outcome: answer.outcome, usesLeft: answer.repeated ? undefined : answer.usesLeft };
    });
  };
}

export function settle(name: string, attempt: string, how: 'commit' | 'release'): Question {
  return async ({ ledger }, world) => {
    const { id } = world.token(name);
    const request = { id, attempt, caller: CALLER, note: noteOf(how, name, attempt) };
    return about(name, { what: how, attempt }, () => ledger.settle(request, how));
  };
}

export function collect(name: string, attempt: string, collector: string): Question {
  return async ({ ledger }, world) => {
    const { id, topic } = world.token(name);
    const note = noteOf('collect', name, attempt);
    const request = { id, ...topic, attempt, caller: CALLER, collector, note };
    return about(name, { what: 'collect', attempt, collector }, () => ledger.collect(request));
  };
}

export function revoke(name: string): Question {
  return async ({ ledger }, world) => {
    const { id } = world.token(name);
    return about(name, { what: 'revoke' }, () =>
      ledger.revoke(id, id.expiresAt * 1000, noteOf('revoke', name)),
    );
  };
}

export function revokeSubject(subject: string, purpose?: string): Question {
  return ({ ledger }, world) =>
    answered(async () => {
      await ledger.revokeSubject(subject, purpose, noteOf('revoke', subject));
      const meant = ({ topic }: Token) =>
        topic.subject === subject && (purpose === undefined || topic.purpose === purpose);
      return { outcome: 'revoked', about: barred([...world.tokens.values()].filter(meant)) };
    });
}

export function revokeKey(kid: string): Question {
  return ({ ledger }, world) =>
    answered(async () => {
      await ledger.revokeKey(kid);
      const signed = [...world.tokens.values()].filter(({ topic }) => topic.kid === kid);
      return { outcome: 'revoked', about: barred(signed) };
    });
}

export function register(token: Token, live: number): Question {
  const { id, topic } = token;
  return ({ ledger }, world) =>
    answered(async () => {
      const older = world.registered(topic).filter(({ name }) => name !== token.name);
      const listed = [{ id, burnableUntilMs: id.expiresAt * 1000 }];
      if (!(await ledger.register(listed, topic, live, noteOf('register', token.name))))
        return { outcome: 'void' };
      const superseded = older.slice(0, Math.max(0, older.length + 1 - live));
      return { outcome: 'registered', registered: token, about: barred(superseded) };
    });
}

export function inspect(name: string): Question {
  return async ({ ledger }, world) => {
    const { id, topic } = world.token(name);
    return about(name, { what: 'inspect' }, async () => ({
      outcome: (await ledger.inspect(id, topic)).state,
    }));
  };
}

export function living(subject: string): Question {
  return ({ ledger }) =>
    answered(async () => {
      await ledger.living(subject);
      return { outcome: 'living' };
    });
}

export function put(deposit: Parameters<Instance['deposits']['put']>[0]): Question {
  return ({ deposits }) =>
    answered(async () => ({ outcome: (await deposits.put(deposit)) ? 'put' : 'void' }));
}

export function find(place: DepositPlace): Question {
  return ({ deposits }) =>
    answered(async () => {
      const found = await deposits.find(place);
      if (found?.triesLeft === undefined) return { outcome: found ? 'found' : 'gone' };
      return { outcome: 'found', lock: { deposit: place.name, triesLeft: found.triesLeft } };
    });
}

export function guess(place: DepositPlace, answer = RIGHT): Question {
  return ({ deposits }) =>
    answered(async () => {
      const told = await deposits.guess(place, answer);
      if (told.outcome === 'gone') return told;
      const triesLeft = told.outcome === 'wrong' ? { triesLeft: told.triesLeft } : {};
      return { outcome: told.outcome, lock: { deposit: place.name, ...triesLeft } };
    });
}

export function freeze(ticket = TICKET): Question {
  return ({ freeze: ledger }) =>
    answered(async () => {
      const { frozen } = await ledger.freeze(ticket, FREEZE_SECONDS);
      return { outcome: frozen.length > 0 ? 'frozen' : 'frozen by another' };
    });
}

export function thaw(ticket = TICKET): Question {
  return async ({ freeze: ledger }) => {
    const { thawed, otherTicket, untouched, unknown } = await ledger.thaw(ticket);
    const [refused] = untouched;
    if (refused) return { outcome: NO_ANSWER, cause: refused.why };
    if (unknown.length > 0) return { outcome: NO_ANSWER, cause: 'nobody knows' };
    if (thawed.length > 0) return { outcome: 'thawed' };
    return { outcome: otherTicket.length > 0 ? 'frozen by another' : 'not frozen' };
  };
}

function barred(tokens: readonly Token[]): NonNullable<Answer['about']> {
  return tokens.map(({ name }) => [name, { what: 'barred', outcome: 'barred' }] as const);
}

async function about(
  name: string,
  asked: Omit<Told, 'outcome'>,
  question: () => Promise<{ outcome: string; usesLeft?: number | undefined }>,
): Promise<Answer> {
  const { outcome, cause, usesLeft }: { outcome: string; cause?: string; usesLeft?: number | undefined } =
    await answered(question);
  const told = { ...asked, outcome, usesLeft: asked.what === 'burn' ? usesLeft : undefined };
  return { outcome, ...(cause === undefined ? {} : { cause }), about: [[name, told]] };
}

async function answered<T>(question: () => Promise<T>): Promise<T | { outcome: string; cause: string }> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof MatchstickError) || error.code !== 'ledger_unavailable') throw error;
    return { outcome: NO_ANSWER, cause: error.cause instanceof Error ? error.cause.message : 'none' };
  }
}

/** Mints a token and redeems it at this very moment. */
export function mintAndBurn(kid = TOKEN_SUBJECT.kid): Question {
  const note = noteOf('mint and burn');
  return ({ ledger }) =>
    answered(async () => ledger.burn({ ...burnOf(await newTokenId(ledger)), kid, note }));
}

function noteOf(...words: readonly string[]): LedgerNote {
  return { text: words.join(' '), recorded: () => {} };
}
