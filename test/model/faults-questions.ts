import { NONCE_BYTES, type TokenId } from '../../src/token/id.ts';
import type { newAsking } from './faults-asking.ts';
import type { Instance } from './faults-instances.ts';
import { type newJudge, type Told, Violation } from './faults-judge.ts';
import type { Mint, Question, Which } from './faults-steps.ts';
import type { World } from './faults-world.ts';

const CALLER = 'main';
const SUBJECT = 'anna';
/** Each is a part of the next. */
const kidOf = (key = 0) => `key-${'1'.repeat(key + 1)}`;
const ATTEMPT_BYTES = 15;
/** Of those that are tried again and again. */
const MOST_TRIED = 6;

/** Asks what a step says, of what there is, and has the answers judged. */
/** Tokens are of one of the first so many levels. */
const LEVELS = 5;

export function newQuestions(
  world: World,
  judge: ReturnType<typeof newJudge>,
  asking: ReturnType<typeof newAsking>,
) {
  const { instances, randomBytes } = world;
  const { ask, sourceOf } = asking;

  const draw = (octets: number) => Buffer.from(randomBytes(octets)).toString('base64url');
  const newAttempt = () => draw(ATTEMPT_BYTES);
  const collectors = [newAttempt(), newAttempt()];
  /** The attempt that asked for a use of a token last. */
  const last = new WeakMap<Told, string>();
  const held = new WeakSet<Told>();
  const kinds: Readonly<Record<Which['among'], (token: Told) => boolean>> = {
    fresh: ({ touched, ends }) => !touched && ends.length === 0,
    held: (token) => held.has(token),
    used: ({ uses }) => uses.size > 0,
    any: () => true,
  };
  const tokenOf = ({ among, back }: Which): Told | undefined => {
    const fitting = judge.tokens.filter(kinds[among]);
    return fitting[fitting.length - 1 - (back % fitting.length)];
  };

  async function mint(instance: Instance, step: Mint): Promise<Told | undefined> {
    const topic = { subject: SUBJECT, purpose: `purpose ${step.purpose}`, kid: kidOf(step.key) };
    const { lifetimeSeconds, uses, live } = step;
    const living = await ask(
      instance,
      `mint ${JSON.stringify({ ...topic, lifetimeSeconds, uses, live })}`,
      () => instance.ledger.living(SUBJECT),
    );
    if (!living) return undefined;
    const { shard, epoch, generation, nowMs } = living.answer;
    const issuedAt = Math.floor(nowMs / 1000);
    const expiresAt = issuedAt + lifetimeSeconds;
    const nonce = draw(NONCE_BYTES);
    const level = nonce.charCodeAt(0) % LEVELS;
    const id: TokenId = { shard, epoch, generation, uses, issuedAt, expiresAt, nonce, level };
    const token: Told = {
      number: judge.tokens.length,
      id,
      topic,
      live,
      burnableUntilMs: expiresAt * 1000,
      memory: living.source.memory,
      minted: {},
      uses: new Map(),
      unanswered: new Set(),
      collected: new Map(),
      settled: new Set(),
      fetched: new Set(),
      ends: [],
      touched: false,
    };
    if (live !== undefined && !(await register(instance, token))) return undefined;
    world.newestExpiryMs = token.burnableUntilMs;
    judge.minted(token, living.source);
    return token;
  }

  async function register(instance: Instance, token: Told): Promise<boolean> {
    const { id, topic, live, burnableUntilMs } = token;
    if (live === undefined) return false;
    judge.registering(token);
    const told = await ask(instance, `register ${token.number}`, () =>
      instance.ledger.register([{ id, burnableUntilMs }], topic, live),
    );
    if (told?.answer) judge.registered(token, told.source);
    return told?.answer === true;
  }

  async function take(
    instance: Instance,
    token: Told,
    attempt: string,
    holdSeconds = 0,
  ): Promise<string | undefined> {
    const { id, topic, burnableUntilMs } = token;
    const what = holdSeconds > 0 ? 'hold' : 'redeem';
    last.set(token, attempt);
    judge.asked(token);
    const told = await ask(instance, `${what} ${token.number} as ${attempt.slice(0, 4)}`, () =>
      instance.ledger.burn({
        id,
        ...topic,
        attempt,
        caller: CALLER,
        burnableFromMs: id.issuedAt * 1000,
        burnableUntilMs,
        holdSeconds,
      }),
    );
    judge.burned(token, attempt, told?.answer, told?.source ?? sourceOf(instance));
    if (told?.answer.outcome === 'held') {
      world.newestLapseMs = told.answer.heldUntilMs;
      held.add(token);
    }
    if (
      told?.answer.outcome === 'void' &&
      told.source.memory === token.memory &&
      judge.bornAt(id.epoch) === world.faults()
    ) {
      throw new Violation(`token ${token.number} is void, and nothing happened to its epoch`);
    }
    return told?.answer.outcome;
  }

  async function settle(
    instance: Instance,
    token: Told,
    attempt: string,
    how: 'commit' | 'release',
  ): Promise<void> {
    judge.asked(token);
    const told = await ask(instance, `${how} ${token.number} as ${attempt.slice(0, 4)}`, () =>
      instance.ledger.settle({ id: token.id, attempt, caller: CALLER }, how),
    );
    judge.settled(token, attempt, how, told?.answer.outcome, told?.source ?? sourceOf(instance));
  }

  async function collect(instance: Instance, token: Told, attempt: string, collector: string): Promise<void> {
    judge.asked(token);
    const told = await ask(instance, `collect ${token.number} of ${attempt.slice(0, 4)}`, () =>
      instance.ledger.collect({ id: token.id, ...token.topic, attempt, caller: CALLER, collector }),
    );
    judge.collecting(token, attempt, told?.answer.outcome, told?.source ?? sourceOf(instance));
    if (told?.answer.outcome === 'collected') judge.collected(token, attempt, collector, told.source);
  }

  async function question(step: Question): Promise<void> {
    const instance = instances[step.by];
    if (!instance) return;
    if (step.do === 'mint') return void (await mint(instance, step));
    if (step.do === 'take-all') {
      for (const token of judge.tokens.slice(-MOST_TRIED)) await take(instance, token, newAttempt());
      return;
    }
    if (step.do === 'revoke-subject') {
      const purpose = step.purpose === undefined ? undefined : `purpose ${step.purpose}`;
      const told = await ask(instance, 'revoke subject', () =>
        instance.ledger.revokeSubject(SUBJECT, purpose),
      );
      if (told) judge.subjectRevoked(purpose, told.source);
      return;
    }
    if (step.do === 'revoke-key') {
      const kid = kidOf(step.key);
      const told = await ask(instance, `revoke ${kid}`, () => instance.ledger.revokeKey(kid));
      if (told) judge.keyRevoked(kid, told.source);
      return;
    }
    const found = tokenOf(step.token);
    if (step.do === 'take') {
      const { by, lifetimeSeconds, attempt, holdSeconds } = step;
      const token = found ?? (await mint(instance, { do: 'mint', by, purpose: 0, uses: 1, lifetimeSeconds }));
      if (!token) return;
      const asking = attempt === 'last' ? last.get(token) : undefined;
      return void (await take(instance, token, asking ?? newAttempt(), holdSeconds));
    }
    const token = found ?? tokenOf({ among: 'any', back: step.token.back });
    if (!token) return;
    const { id, topic, number } = token;
    const attempt = last.get(token) ?? newAttempt();
    switch (step.do) {
      case 'register-again':
        return void (await register(instance, token));
      case 'commit':
      case 'release':
        return settle(instance, token, attempt, step.do);
      case 'collect':
        return collect(instance, token, attempt, collectors[step.collector] ?? '');
      case 'revoke': {
        judge.asked(token);
        const told = await ask(instance, `revoke ${number}`, () =>
          instance.ledger.revoke(id, token.burnableUntilMs),
        );
        if (!told) return;
        judge.revoked(token, told.answer.outcome, told.source);
        if (told.answer.outcome === 'void') instance.knowledge.replaced.add(id.epoch);
        return;
      }
      case 'inspect':
        await ask(instance, `inspect ${number}`, () => instance.ledger.inspect(id, topic));
    }
  }

  return { mint, take, settle, collect, question, collectors, newAttempt };
}
