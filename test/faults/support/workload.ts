import { randomBytes, randomUUID } from 'node:crypto';
import type { BurnLedger } from '../../../src/burn/ledger.ts';
import { MatchstickError } from '../../../src/errors.ts';
import { NONCE_BYTES, type TokenId } from '../../../src/token/token-id.ts';
import { burnedBy, type TriedToken, type Try } from './token.ts';

/** One instance of the service, as far as the ledger is concerned. */
export interface Instance {
  readonly name: string;
  readonly ledger: BurnLedger;
}

export interface MintOptions {
  readonly uses?: number;
  readonly subject?: string;
  readonly lifetimeSeconds?: number;
}

export interface TryOptions {
  readonly instance?: Instance;
  readonly attempt?: string;
  readonly holdSeconds?: number;
}

const SUBJECTS = 40;
const LONGEST_SECONDS = 600;
const LIFETIMES = [200, 260, 320, LONGEST_SECONDS];
const TRIES_AT_ONCE = 40;
const PATIENCE_MS = 30_000;

/** What clients do with tokens, over any number of instances of one ledger, with a log of every try. */
export class Workload {
  readonly instances: readonly Instance[];
  /** Those that take turns where none is named. */
  readonly serving: readonly Instance[];
  readonly tokens: TriedToken[] = [];
  /** Why there was no answer, and how often. */
  readonly noAnswers = new Map<string, number>();
  tries = 0;
  /** By token and attempt: those who were told that they collected what the attempt burned. */
  readonly #collectors = new Map<string, Set<string>>();
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
    const living = await this.#answerOf(() => instance.ledger.living(subject));
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
    return { id, topic: { subject, purpose: 'password-reset' }, tries: [] };
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
    return this.#logged(token, { what: 'burn', attempt, instance: instance.name }, () =>
      instance.ledger.burn({ ...request, holdSeconds }),
    );
  }

  async settle(token: TriedToken, attempt: string, how: 'commit' | 'release', instance = this.#next()) {
    return this.#logged(token, { what: how, attempt, instance: instance.name }, () =>
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
  async collect(token: TriedToken, attempt: string, instance = this.#next()): Promise<boolean> {
    const collector = newAttempt();
    const answer = await this.#answerOf(() => instance.ledger.collect({ ...ask(token, attempt), collector }));
    if (answer?.outcome === 'collected') {
      const key = `${token.id.nonce} ${attempt}`;
      this.#collectors.set(key, (this.#collectors.get(key) ?? new Set()).add(collector));
    }
    return answer !== undefined;
  }

  /** Two collectors at every serving instance race for everything that is known to be burned. */
  async collectEverywhere(tokens: readonly TriedToken[]): Promise<void> {
    const burned = tokens.flatMap((token) => burnedBy(token).map((attempt) => ({ token, attempt })));
    for (let next = 0; next < burned.length; next += TRIES_AT_ONCE) {
      const some = burned.slice(next, next + TRIES_AT_ONCE);
      const races = some.flatMap(({ token, attempt }) =>
        [...this.serving, ...this.serving].map((instance) =>
          this.#surely(async () => (await this.collect(token, attempt, instance)) || undefined),
        ),
      );
      await Promise.all(races);
    }
  }

  /** How many burned uses were collected at all, and how many by more than one collector. */
  collected(): { readonly uses: number; readonly twice: number } {
    const collectors = [...this.#collectors.values()];
    return { uses: collectors.length, twice: collectors.filter(({ size }) => size > 1).length };
  }

  async revoke(token: TriedToken, instance = this.#next()): Promise<boolean> {
    const answer = await this.#answerOf(() => instance.ledger.revoke(token.id, burnableUntilMs(token.id)));
    if (answer?.outcome === 'revoked' || answer?.outcome === 'superseded') bar([token]);
    return answer !== undefined;
  }

  /** Revokes the tokens of a subject, as far as they are of the epoch that lives before and after it. */
  async revokeSubject(subject: string, instance = this.#next()): Promise<boolean> {
    const before = await this.#answerOf(() => instance.ledger.living(subject));
    const minted = this.tokens.filter(
      ({ id, topic }) => topic.subject === subject && id.epoch === before?.epoch && id.shard === before.shard,
    );
    const done = await this.#answerOf(async () => {
      await instance.ledger.revokeSubject(subject);
      return true;
    });
    const after = await this.#answerOf(() => instance.ledger.living(subject));
    if (!done || !before || after?.epoch !== before.epoch) return false;
    bar(minted);
    return true;
  }

  /** Mints a token that supersedes every earlier one of its subject that was minted so. Nobody has it before that. */
  async mintOnly(subject: string, instance = this.#next()): Promise<TriedToken | undefined> {
    const earlier = this.tokens.filter(
      ({ topic, isRegistered }) => isRegistered && topic.subject === subject,
    );
    const token = await this.#newToken(instance, { subject, lifetimeSeconds: LONGEST_SECONDS });
    if (!token) return undefined;
    const till = burnableUntilMs(token.id);
    const registered = await this.#answerOf(() => instance.ledger.register(token.id, token.topic, 1, till));
    if (!registered) return undefined;
    token.isRegistered = true;
    this.tokens.push(token);
    bar(earlier.filter(({ id }) => id.epoch === token.id.epoch));
    return token;
  }

  surelyRevoke(token: TriedToken, instance = this.#next()): Promise<true> {
    return this.#surely(async () => (await this.revoke(token, instance)) || undefined);
  }

  surelyRevokeSubject(subject: string): Promise<true> {
    return this.#surely(async () => (await this.revokeSubject(subject)) || undefined);
  }

  surelyMintOnly(subject: string): Promise<TriedToken> {
    return this.#surely(() => this.mintOnly(subject));
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

  async #logged(
    token: TriedToken,
    about: Pick<Try, 'what' | 'attempt' | 'instance'>,
    question: () => Promise<{ outcome: Exclude<Try['outcome'], 'no-answer'> }>,
  ): Promise<Try['outcome']> {
    const begunMs = performance.now();
    this.tries++;
    const answer = await this.#answerOf(question);
    const outcome = answer?.outcome ?? 'no-answer';
    token.tries.push({ ...about, begunMs, outcome });
    return outcome;
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

function ask(token: TriedToken, attempt: string) {
  return { id: token.id, attempt, caller: 'main' };
}

function burnableUntilMs(id: TokenId): number {
  return id.expiresAt * 1000;
}

function bar(tokens: readonly TriedToken[]): void {
  const nowMs = performance.now();
  for (const token of tokens) token.barredMs ??= nowMs;
}

function answered(outcome: Try['outcome']): Try['outcome'] | undefined {
  return outcome === 'no-answer' ? undefined : outcome;
}
