import type { SignedToken, TokenSubject } from '../../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../../src/token/id.ts';
import { type Told, wrongOf } from './judge.ts';

export interface Token {
  readonly name: string;
  readonly id: TokenId;
  readonly topic: SignedToken;
}

/** The outcome of a question that got none. */
export const NO_ANSWER = 'no-answer';

export interface Answer {
  readonly outcome: string;
  /** Why there was none. */
  readonly cause?: string;
  /** What it says about tokens, by name. */
  readonly about?: readonly (readonly [name: string, told: Told])[];
  /** The token that counts among the live ones of its subject and purpose from now on. */
  readonly registered?: Token;
  /** Of a deposit with a lock: how many wrong guesses are left, if the answer says so. */
  readonly lock?: { readonly deposit: string; readonly triesLeft?: number };
}

/** Tokens and deposits, and everything that was answered about them. */
export class World {
  readonly tokens: ReadonlyMap<string, Token>;
  readonly #told: Map<string, readonly Told[]>;
  readonly #registered: Map<string, readonly Token[]>;
  readonly #triesLeft: Map<string, number>;

  constructor(tokens: readonly Token[], from?: World) {
    this.tokens = new Map(tokens.map((token) => [token.name, token]));
    this.#told = new Map(from?.told);
    this.#registered = new Map(from ? from.#registered : []);
    this.#triesLeft = new Map(from ? from.#triesLeft : []);
  }

  get told(): ReadonlyMap<string, readonly Told[]> {
    return this.#told;
  }

  copy(): World {
    return new World([...this.tokens.values()], this);
  }

  token(name: string): Token {
    const token = this.tokens.get(name);
    if (!token) throw new Error(`no token is ${name}`);
    return token;
  }

  toldOf(name: string): readonly Told[] {
    return this.#told.get(name) ?? [];
  }

  /** Registered ones of the topic, oldest first. */
  registered(topic: TokenSubject): readonly Token[] {
    return this.#registered.get(keyOf(topic)) ?? [];
  }

  /** Remembers the answer, and tells what is wrong with it. */
  hear(answer: Answer): readonly string[] {
    const wrong = this.suppose(answer);
    for (const [name, told] of answer.about ?? []) this.#told.set(name, [...this.toldOf(name), told]);
    const { registered, lock } = answer;
    if (registered) {
      this.#registered.set(keyOf(registered.topic), [...this.registered(registered.topic), registered]);
    }
    if (lock?.triesLeft !== undefined) {
      this.#triesLeft.set(lock.deposit, Math.min(lock.triesLeft, this.#triesOf(lock.deposit)));
    }
    return wrong;
  }

  /** What would be wrong if this were answered. */
  suppose({ about = [], lock, outcome }: Answer): readonly string[] {
    const wrong = about.flatMap(([name, told]) => {
      const why = wrongOf(this.#usesOf(name), [...this.toldOf(name), told]);
      return why === undefined ? [] : [`${name}: ${why}`];
    });
    if (!lock) return wrong;
    const known = this.#triesOf(lock.deposit);
    if ((lock.triesLeft ?? 0) > known) wrong.push(`${lock.deposit}: has got tries back`);
    if (outcome === 'right' && known === 0) wrong.push(`${lock.deposit}: opened without a try left`);
    return wrong;
  }

  bar(names: Iterable<string>): void {
    for (const name of names)
      this.hear({ outcome: '', about: [[name, { what: 'barred', outcome: 'barred' }]] });
  }

  #triesOf(deposit: string): number {
    return this.#triesLeft.get(deposit) ?? Number.POSITIVE_INFINITY;
  }

  #usesOf(name: string): number {
    return this.tokens.get(name)?.id.uses ?? 1;
  }
}

function keyOf({ subject, purpose }: TokenSubject): string {
  return JSON.stringify([subject, purpose]);
}
