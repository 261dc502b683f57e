import { randomBytes, randomUUID } from 'node:crypto';
import { MatchstickError } from '../../../src/errors.ts';
import type { BurnLedger, LivingEpoch } from '../../../src/ledger/burn-ledger.ts';
import { NONCE_BYTES, type TokenId } from '../../../src/token/id.ts';
import { Hearsay } from './hearsay.ts';
import { collectedTwice, collectedUses } from './promises.ts';
import { type Bar, bar, burnedBy, isBarred, type TriedToken, type Try } from './token.ts';

/** One instance of the service, as far as the ledger is concerned. */
export interface Instance {
  readonly name: string;
  readonly ledger: BurnLedger;
}

export interface MintOptions {
  readonly uses?: number;
  readonly subject?: string;
  readonly purpose?: string;
  readonly lifetimeSeconds?: number;
  /** The key that signs it. */
  readonly kid?: string;
}

export interface TryOptions {
  readonly instance?: Instance;
  readonly attempt?: string;
  readonly holdSeconds?: number;
}

export const PURPOSES = ['password-reset', 'file-download'] as const;
const SUBJECTS = 40;
const LONGEST_SECONDS = 600;
const LIFETIMES = [200, 260, 320, LONGEST_SECONDS];
/** One subject for each of four shards. */
const SHARD_SUBJECTS = [0, 1, 2, 3].map((shard) => `subject-${shard}`);
/** The shard whose epoch the answer to a revocation of a key names. */
export const KEY_SHARD = 0;
const TRIES_AT_ONCE = 40;
const PATIENCE_MS = 30_000;

/**
 * What clients do with tokens, over any number of instances of one ledger, with a log of every try and of
 * every answer that promises something.
 */
export class Workload {
  readonly instances: readonly Instance[];
  /** Those that take turns where none is named. */
  readonly serving: readonly Instance[];
  readonly tokens: TriedToken[] = [];
  readonly hearsay = new Hearsay();
  /** Why there was no answer, and how often. */
  readonly noAnswers = new Map<string, number>();
  tries = 0;
  #turn = 0;

  constructor(instances: readonly Instance[], serving = instances) {
    this.instances = instances;
    this.serving = serving;
  }

  /** One token, or undefined when the ledger names no epoch. */
  async mint(instance: Instance, options: MintOptions = {}): Promise<TriedToken | undefined> {
    const token = await this.#newToken(instance, options);
    if (token) this.tokens.push(token);
    return token;
  }

  async #newToken(instance: Instance, options: MintOptions): Promise<TriedToken | undefined> {
    const subject = options.subject ?? `subject-${this.#turn++ % SUBJECTS}`;
    const living = await this.#living(instance, subject);
    if (!living) return undefined;
    const { shard, epoch, generation, nowMs } = living;
    const issuedAt = Math.floor(nowMs / 1000);
    const lifetimeSeconds = options.lifetimeSeconds ?? LIFETIMES[this.#turn % LIFETIMES.length] ?? 300;
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const id: TokenId = {
      ...{ shard, epoch, generation, issuedAt, nonce },
      uses: options.uses ?? 1,
      expiresAt: issuedAt + lifetimeSeconds,
    };
    const { purpose = PURPOSES[0], kid = 'key-1' } = options;
    return { id, topic: { subject, purpose, kid }, tries: [], bars: [], collectors: new Map() };
  }

  async #living(instance: Instance, subject: string): Promise<LivingEpoch | undefined> {
    const begunMs = performance.now();
    const living = await this.#answerOf(() => instance.ledger.living(subject));
    if (living) {
      const { shard, epoch } = living;
      this.hearsay.heard(instance.name, shard, { begunMs, endedMs: performance.now(), epoch });
    }
    return living;
  }

  /** The instance asks every shard for its epoch. Tells whether all of them answered. */
  async listen(instance: Instance): Promise<boolean> {
    const answers = await Promise.all(SHARD_SUBJECTS.map((subject) => this.#living(instance, subject)));
    return answers.every((living) => living !== undefined);
  }

  mintMany(count: number, options: MintOptions = {}): Promise<readonly TriedToken[]> {
    return Promise.all(
      Array.from({ length: count }, () => this.#surely(() => this.mint(this.#next(), options))),
    );
  }

  /** Tries to take a use; every try without an attempt is another attempt. */
  async redeem(token: TriedToken, options: TryOptions = {}): Promise<Try['outcome']> {
    const { instance = this.#next(), attempt = newAttempt(), holdSeconds } = options;
    const { id, topic } = token;
    const times = { burnableFromMs: id.issuedAt * 1000, burnableUntilMs: burnableUntilMs(id) };
    const request = { ...ask(token, attempt), ...topic, ...times };
    return this.#outcome(token, { what: 'burn', attempt, instance: instance.name }, () =>
      instance.ledger.burn({ ...request, holdSeconds }),
    );
  }

  async settle(token: TriedToken, attempt: string, how: 'commit' | 'release', instance = this.#next()) {
    return this.#outcome(token, { what: how, attempt, instance: instance.name }, () =>
      instance.ledger.settle(ask(token, attempt), how),
    );
  }

  /** Asks as the same attempt until there is an answer. */
  async redeemSurely(token: TriedToken, options: TryOptions = {}): Promise<Try['outcome']> {
    const attempt = options.attempt ?? newAttempt();
    return this.#surely(async () => answered(await this.redeem(token, { ...options, attempt })));
  }

  async settleSurely(
    token: TriedToken,
    attempt: string,
    how: 'commit' | 'release',
    instance = this.#next(),
  ): Promise<Try['outcome']> {
    return this.#surely(async () => answered(await this.settle(token, attempt, how, instance)));
  }

  /** Collects what an attempt burned, as a collector of its own. Tells whether there was an answer. */
  async collect(
    token: TriedToken,
    attempt: string,
    instance = this.#next(),
    collector = newAttempt(),
  ): Promise<boolean> {
    this.tries++;
    const answer = await this.#answerOf(() =>
      instance.ledger.collect({ ...ask(token, attempt), ...token.topic, collector }),
    );
    if (answer?.outcome === 'collected') {
      const { collectors } = token;
      collectors.set(attempt, (collectors.get(attempt) ?? new Set()).add(collector));
    }
    return answer !== undefined;
  }

  /** Two collectors at every serving instance race for everything that is known to be burned. */
  async collectEverywhere(tokens: readonly TriedToken[]): Promise<void> {
    const burned = tokens.flatMap((token) => burnedBy(token).map((attempt) => ({ token, attempt })));
    for (let next = 0; next < burned.length; next += TRIES_AT_ONCE) {
      const some = burned.slice(next, next + TRIES_AT_ONCE);
      const races = some.flatMap(({ token, attempt }) =>
        [...this.serving, ...this.serving].map((instance) => {
          const collector = newAttempt();
          return this.#surely(
            async () => (await this.collect(token, attempt, instance, collector)) || undefined,
          );
        }),
      );
      await Promise.all(races);
    }
  }

  /** How many burned uses were collected at all, and how many by more than one collector. */
  collected(): { readonly uses: number; readonly twice: number } {
    return { uses: collectedUses(this.tokens), twice: collectedTwice(this.tokens) };
  }

  /** Revokes the token. Every answer, whatever its word, says that nobody new can redeem it. */
  async revoke(token: TriedToken, instance = this.#next()): Promise<boolean> {
    const begunMs = performance.now();
    const answer = await this.#logged(token, { what: 'revoke', attempt: '', instance: instance.name }, () =>
      instance.ledger.revoke(token.id, burnableUntilMs(token.id)),
    );
    if (!answer) return false;
    this.#bar([token], { by: 'revocation', instance: instance.name, begunMs, epoch: answer.epoch });
    return true;
  }

  /** Revokes the tokens of a subject, or of a subject and purpose, that are minted by now, whatever their epoch. */
  async revokeSubject(subject: string, instance = this.#next(), purpose?: string): Promise<boolean> {
    const begunMs = performance.now();
    const minted = this.tokens.filter(
      ({ topic }) => topic.subject === subject && (purpose === undefined || topic.purpose === purpose),
    );
    const answer = await this.#answerOf(() => instance.ledger.revokeSubject(subject, purpose));
    if (!answer) return false;
    const { epoch } = answer;
    this.#bar(minted, { by: 'revocation by subject', instance: instance.name, begunMs, epoch });
    return true;
  }

  /**
   * Revokes a key. Of the tokens that it has signed, those of one shard are judged: the answer names the epoch of that
   * one alone.
   */
  async revokeKey(kid: string, instance = this.#next()): Promise<boolean> {
    const begunMs = performance.now();
    const minted = this.tokens.filter(({ id, topic }) => topic.kid === kid && id.shard === KEY_SHARD);
    const answer = await this.#answerOf(() => instance.ledger.revokeKey(kid));
    if (!answer) return false;
    const { epoch } = answer;
    this.#bar(minted, { by: 'revocation by key', instance: instance.name, begunMs, epoch });
    return true;
  }

  /** Mints a token that supersedes every earlier one of its subject that was minted so. Nobody has it before that. */
  mintOnly(subject: string, instance = this.#next()): Promise<TriedToken | undefined> {
    return this.mintLimited(subject, 1, instance);
  }

  /** Mints one of the `live` newest of its subject, and notes which earlier ones it surely supersedes. */
  async mintLimited(
    subject: string,
    live: number,
    instance = this.#next(),
    lifetimeSeconds = LONGEST_SECONDS,
  ): Promise<TriedToken | undefined> {
    const earlier = this.tokens.filter(({ topic, registered }) => registered && topic.subject === subject);
    const token = await this.#newToken(instance, { subject, lifetimeSeconds });
    if (!token) return undefined;
    const { id, topic } = token;
    const begunMs = performance.now();
    const isRegistered = await this.#answerOf(() =>
      instance.ledger.register([{ id, burnableUntilMs: burnableUntilMs(id) }], topic, live),
    );
    if (!isRegistered) return undefined;
    token.registered = { begunMs, endedMs: performance.now() };
    this.tokens.push(token);
    const superseded = earlier.filter((each) => liveAfter(each, earlier, id.epoch) + 1 >= live);
    this.#bar(superseded, { by: 'newer token', instance: instance.name, begunMs, epoch: id.epoch });
    return token;
  }

  surelyRevoke(token: TriedToken, instance = this.#next()): Promise<true> {
    return this.#surely(async () => (await this.revoke(token, instance)) || undefined);
  }

  surelyRevokeSubject(subject: string, purpose?: string): Promise<true> {
    return this.#surely(async () => (await this.revokeSubject(subject, this.#next(), purpose)) || undefined);
  }

  surelyMintOnly(subject: string): Promise<TriedToken> {
    return this.surelyMintLimited(subject, 1);
  }

  surelyMintLimited(subject: string, live: number, lifetimeSeconds?: number): Promise<TriedToken> {
    return this.#surely(() => this.mintLimited(subject, live, this.#next(), lifetimeSeconds));
  }

  /** Every shard answers at the instance. */
  surelyListen(instance: Instance): Promise<true> {
    return this.#surely(async () => (await this.listen(instance)) || undefined);
  }

  /** Every serving instance redeems every one of the tokens, as an attempt of its own that gets its answer. */
  async tryEverywhere(tokens: readonly TriedToken[]): Promise<void> {
    await Promise.all(
      this.serving.map(async (instance) => {
        for (let next = 0; next < tokens.length; next += TRIES_AT_ONCE) {
          const some = tokens.slice(next, next + TRIES_AT_ONCE);
          await Promise.all(some.map((token) => this.redeemSurely(token, { instance })));
        }
      }),
    );
  }

  /** Forgets the log of the oldest tokens, beyond so many, and gives them. */
  retire(most: number): readonly TriedToken[] {
    return this.tokens.splice(0, Math.max(0, this.tokens.length - most));
  }

  #next(): Instance {
    const instance = this.serving[this.#turn++ % this.serving.length];
    if (!instance) throw new Error('a workload without an instance that serves');
    return instance;
  }

  async #outcome(
    token: TriedToken,
    about: Pick<Try, 'what' | 'attempt' | 'instance'>,
    question: () => Promise<{ outcome: Exclude<Try['outcome'], 'no-answer'> }>,
  ): Promise<Try['outcome']> {
    return (await this.#logged(token, about, question))?.outcome ?? 'no-answer';
  }

  async #logged<Answer extends { outcome: Exclude<Try['outcome'], 'no-answer'> }>(
    token: TriedToken,
    about: Pick<Try, 'what' | 'attempt' | 'instance'>,
    question: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    this.tries++;
    const tried: { -readonly [Key in keyof Try]: Try[Key] } = {
      ...about,
      begunMs: performance.now(),
      endedMs: Number.POSITIVE_INFINITY,
      outcome: 'no-answer',
    };
    token.tries.push(tried);
    const answer = await this.#answerOf(question);
    tried.outcome = answer?.outcome ?? 'no-answer';
    tried.endedMs = performance.now();
    return answer;
  }

  #bar(tokens: readonly TriedToken[], by: Omit<Bar, 'sinceMs'>): void {
    const { instance, begunMs, epoch } = by;
    bar(tokens, by);
    const endedMs = performance.now();
    for (const { id } of tokens) this.hearsay.heard(instance, id.shard, { begunMs, endedMs, epoch });
  }

  async #answerOf<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof MatchstickError) || error.code !== 'ledger_unavailable') throw error;
      const why = error.cause instanceof Error ? error.cause.message.slice(0, 80) : 'no connection';
      this.noAnswers.set(why, (this.noAnswers.get(why) ?? 0) + 1);
      return undefined;
    }
  }

  async #surely<T>(question: () => Promise<T | undefined>): Promise<T> {
    const began = performance.now();
    for (;;) {
      const answer = await question();
      if (answer !== undefined) return answer;
      if (performance.now() - began > PATIENCE_MS) {
        throw new Error(`no answer for ${PATIENCE_MS} ms: ${JSON.stringify([...this.noAnswers])}`);
      }
      await pause(20);
    }
  }
}

export const newAttempt = (): string => randomUUID();

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Each attempt is one caller's, and each caller's name follows from the attempt. */
function callerOf(attempt: string): string {
  return Number.parseInt(attempt.slice(-1), 16) % 2 === 1 ? 'billing' : 'main';
}

function ask(token: TriedToken, attempt: string) {
  return { id: token.id, attempt, caller: callerOf(attempt) };
}

function burnableUntilMs(id: TokenId): number {
  return id.expiresAt * 1000;
}

/**
 * How many of the others surely live as long as this token and were registered after it, as far as the memory
 * of the token or of the newest one can know: nobody has ever tried them or asked for their end, and they
 * expire no sooner.
 */
function liveAfter(
  { id, registered }: TriedToken,
  others: readonly TriedToken[],
  newestEpoch: string,
): number {
  if (!registered) return 0;
  return others.filter(
    (other) =>
      (other.registered?.begunMs ?? 0) > registered.endedMs &&
      (other.id.epoch === id.epoch || other.id.epoch === newestEpoch) &&
      other.id.expiresAt >= id.expiresAt &&
      other.tries.length === 0 &&
      !isBarred(other),
  ).length;
}

function answered(outcome: Try['outcome']): Try['outcome'] | undefined {
  return outcome === 'no-answer' ? undefined : outcome;
}
