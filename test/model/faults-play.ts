import { MatchstickError } from '../../src/errors.ts';
import { NONCE_BYTES, type TokenId } from '../../src/token/token-id.ts';
import type { Instance } from './faults-instances.ts';
import { newJudge, type Source, type Told, Violation } from './faults-judge.ts';
import type { Memories } from './faults-memories.ts';
import {
  ALL,
  isQuestion,
  type Mint,
  type Question,
  type Step,
  type Story,
  type Which,
} from './faults-steps.ts';
import { identityOf, newWorld, type World } from './faults-world.ts';

const CALLER = 'main';
const SUBJECT = 'anna';
const MOST_TRIES = 4;
const MOST_TRIED = 6;
const LONGEST_FREEZE_SECONDS = 24 * 3600;
/** Errors that a fault explains. */
const EXPLAINED =
  /^(ASK|TRYAGAIN|FROZEN) |ERR cut|non local key|the reply was lost|memories of the ledger come and go/;

export interface Played {
  /** How many questions were asked. */
  readonly questions: number;
  /** What was asked and answered, and what happened. */
  readonly log: readonly string[];
}

/** Plays a story, and asks for everything again at its end. Throws a `Violation`. */
export async function playStory(
  { beginsAtSeconds, steps }: Story,
  memories: Memories,
  forgetful = false,
): Promise<Played> {
  const judge = newJudge();
  const world = await newWorld({ memories, beginsAtSeconds, forgetful, carriedOver: judge.carriedOver });
  const player = newPlayer(world, judge);
  try {
    for (const step of steps) await player.play(step);
    await player.sweep();
    await player.heal();
    await player.sweep();
    await player.live();
    return { questions: player.questions(), log: player.log };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw new Violation([error.message, ...player.log].join('\n  '));
  } finally {
    await world.close();
  }
}

function newPlayer(world: World, judge: ReturnType<typeof newJudge>) {
  const log: string[] = [];
  const { memories, instances, randomBytes } = world;
  let questions = 0;
  let turns = 0;

  const draw = (octets: number) => Buffer.from(randomBytes(octets)).toString('base64url');
  const next = (): Instance => {
    const instance = instances[turns++ % instances.length];
    if (!instance) throw new Error('there is no instance');
    return instance;
  };
  const collectors = [draw(15), draw(15)];
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

  /** Asks, and says where the answer came from. Undefined: there was none. */
  async function ask<T>(
    instance: Instance,
    what: string,
    question: () => Promise<T>,
  ): Promise<{ answer: T; source: Source } | undefined> {
    questions++;
    instance.heard = [];
    try {
      const answer = await world.question(question);
      log.push(
        `${what} by ${instances.indexOf(instance)} at ${instance.memory.db} -> ${JSON.stringify(answer)}`,
      );
      return { answer, source: sourceOf(instance) };
    } catch (error) {
      const cause = error instanceof MatchstickError && error.cause instanceof Error ? error.cause : error;
      log.push(
        `${what} by ${instances.indexOf(instance)} at ${trace(instance)} -> no answer: ${cause instanceof Error ? cause.message : cause}`,
      );
      if (!(cause instanceof Error && EXPLAINED.test(cause.message)))
        throw new Violation(`a script broke: ${cause}`);
      return undefined;
    } finally {
      for (const { memory, epoch, changes } of instance.heard) {
        judge.lives(epoch, identityOf(memory), changes === 0 ? world.faults() : undefined);
      }
    }
  }

  /** The memories that answered, and the epochs that they named. */
  function trace({ memory, heard }: Instance): string {
    const told = heard.map((each) => `${each.memory.db}:${each.epoch.slice(0, 3)}.${each.changes}`);
    return [memory.db, ...told].join(' ');
  }

  function sourceOf({ heard, memory }: Instance): Source {
    const last = heard.at(-1)?.memory ?? memory;
    const better = new Set(heard.filter(({ knewBetter }) => knewBetter).map(({ epoch }) => epoch));
    const past = memories.pastOf(last);
    for (const epoch of better) past.ended.add(epoch);
    return {
      memory: last,
      epoch: heard.at(-1)?.epoch ?? '',
      repliesLost: world.repliesLost(),
      past,
      identity: identityOf(last),
      nowMs: world.clockOf(last),
      knewBetter: (epoch) => better.has(epoch),
    };
  }

  async function mint(instance: Instance, step: Mint): Promise<Told | undefined> {
    const topic = { subject: SUBJECT, purpose: `purpose ${step.purpose}` };
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
    const id: TokenId = { shard, epoch, generation, uses, issuedAt, expiresAt, nonce: draw(NONCE_BYTES) };
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
      instance.ledger.register(id, topic, live, burnableUntilMs),
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
      instance.ledger.collect({ id: token.id, attempt, caller: CALLER, collector }),
    );
    if (told?.answer.outcome === 'collected') judge.collected(token, attempt, collector, told.source);
  }

  async function question(step: Question): Promise<void> {
    const instance = instances[step.by];
    if (!instance) return;
    if (step.do === 'mint') return void (await mint(instance, step));
    if (step.do === 'take-all') {
      for (const token of judge.tokens.slice(-MOST_TRIED)) await take(instance, token, draw(15));
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
    const found = tokenOf(step.token);
    if (step.do === 'take') {
      const { by, lifetimeSeconds, attempt, holdSeconds } = step;
      const token = found ?? (await mint(instance, { do: 'mint', by, purpose: 0, uses: 1, lifetimeSeconds }));
      if (!token) return;
      const asking = attempt === 'last' ? last.get(token) : undefined;
      return void (await take(instance, token, asking ?? draw(15), holdSeconds));
    }
    const token = found ?? tokenOf({ among: 'any', back: step.token.back });
    if (!token) return;
    const { id, topic, number } = token;
    const attempt = last.get(token) ?? draw(15);
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

  async function redeemsFresh(instance: Instance): Promise<boolean> {
    const step = { do: 'mint', by: 0, purpose: 0, uses: 1, lifetimeSeconds: 60, live: 1 } as const;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const token = await mint(instance, step);
      if (token && (await take(instance, token, draw(15))) === 'burned') return true;
    }
    return false;
  }

  return {
    log,
    questions: () => questions,
    play: async (step: Step): Promise<void> => {
      if (isQuestion(step)) return question(step);
      log.push(JSON.stringify(step));
      await world.befall(step);
    },
    /** Everything that was answered is asked for again: what holds a use is to give it back, and others try to take it. */
    sweep: async (): Promise<void> => {
      for (const token of judge.tokens) {
        for (const attempt of [...token.uses.keys(), ...token.unanswered])
          await settle(next(), token, attempt, 'release');
        for (let tries = 0; tries <= token.id.uses; tries++) {
          const outcome = await take(next(), token, draw(15));
          if (outcome !== 'burned') break;
        }
        for (const attempt of token.collected.keys()) {
          for (const collector of collectors) await collect(next(), token, attempt, collector);
        }
      }
    },
    /** The faults end: one master, the right time. */
    heal: async (): Promise<void> => {
      log.push('the faults end');
      await world.befall({ do: 'slot', at: 0, act: 'stable' });
      for (const at of memories.all.keys())
        await world.befall({ do: 'clock', at, to: 'home', expires: false });
      await world.befall({ do: 'lead', by: ALL, at: 0 });
      await world.befall({ do: 'pass', seconds: 1 });
    },
    /** Every instance mints and redeems again. A freeze by a clock that was ahead may last that much longer. */
    live: async (): Promise<void> => {
      for (const instance of instances) {
        if (await redeemsFresh(instance)) continue;
        await world.befall({ do: 'pass', seconds: LONGEST_FREEZE_SECONDS });
        if (!(await redeemsFresh(instance))) throw new Violation('an instance cannot redeem a fresh token');
      }
    },
  };
}
