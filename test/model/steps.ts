import fc from 'fast-check';

/**
 * One step of a sequence, as plain data. `token`, `attempt` and `subject` are places in what the
 * sequence has: a token counts modulo those minted so far, and a step without any does nothing.
 */
export type Step =
  | {
      readonly do: 'mint';
      readonly subject: number;
      readonly purpose: number;
      /** Which key signs it. */
      readonly key: number;
      readonly uses: number;
      readonly lifetimeSeconds: number;
      /** How many may live of its subject and purpose. Absent: it is not registered. */
      readonly live?: number | undefined;
    }
  /** Registers a token that is registered already, as a retry does whose first reply was lost. */
  | { readonly do: 'register-again'; readonly token: number }
  | {
      readonly do: 'redeem';
      readonly token: number;
      readonly attempt: number;
      readonly toBeCollected: boolean;
    }
  | { readonly do: 'hold'; readonly token: number; readonly attempt: number; readonly holdSeconds: number }
  | {
      readonly do: 'commit' | 'release';
      readonly token: number;
      readonly attempt: number;
      /** Asked by the other caller. */
      readonly stranger: boolean;
    }
  | {
      readonly do: 'collect';
      readonly token: number;
      readonly attempt: number;
      readonly collector: number;
      /** Asked by the other caller. */
      readonly stranger: boolean;
    }
  | { readonly do: 'revoke'; readonly token: number }
  | { readonly do: 'revoke-subject'; readonly subject: number; readonly purpose?: number | undefined }
  | { readonly do: 'revoke-key'; readonly key: number }
  | { readonly do: 'inspect'; readonly token: number; readonly withTopic: boolean }
  | { readonly do: 'lapse'; readonly seconds: number }
  /** The ledger loses its memory. */
  | { readonly do: 'restart' }
  /** The reply to the next question is cut after so many octets. */
  | { readonly do: 'lose-reply'; readonly octets: number };

export type StepKind = Step['do'];

export interface StepRules {
  /** How often each kind comes, in proportion. Kinds that are not named do not come. */
  readonly weights: Partial<Readonly<Record<StepKind, number>>>;
  readonly holdSeconds: readonly number[];
  readonly lifetimeSeconds: readonly number[];
  readonly lapseSeconds: readonly number[];
  readonly maxSteps: number;
}

const SUBJECTS = 2;
const PURPOSES = 2;
const KEYS = 2;
export const COLLECTORS = 3;
export const ATTEMPTS = 5;

/** Attempts belong to callers in turn. */
export const callerOf = (attempt: number) => (attempt % 2 === 0 ? 'main' : 'billing');
export const strangerTo = (attempt: number) => callerOf(attempt + 1);

export function stepSequences(rules: StepRules): fc.Arbitrary<Step[]> {
  const token = fc.nat({ max: 7 });
  const attempt = fc.nat({ max: ATTEMPTS - 1 });
  const subject = fc.nat({ max: SUBJECTS - 1 });
  const purpose = fc.nat({ max: PURPOSES - 1 });
  const key = fc.nat({ max: KEYS - 1 });
  const stranger = oneIn(8);
  const kinds: Readonly<Record<StepKind, fc.Arbitrary<Step>>> = {
    mint: plain({
      do: fc.constant('mint'),
      subject,
      purpose,
      key,
      uses: fc.oneof(
        { weight: 2, arbitrary: fc.constant(1) },
        { weight: 3, arbitrary: fc.nat({ max: 4 }).map((n) => n + 1) },
      ),
      lifetimeSeconds: fc.constantFrom(...rules.lifetimeSeconds),
      live: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
    }),
    'register-again': plain({ do: fc.constant('register-again'), token }),
    redeem: plain({ do: fc.constant('redeem'), token, attempt, toBeCollected: fc.boolean() }),
    hold: plain({
      do: fc.constant('hold'),
      token,
      attempt,
      holdSeconds: fc.constantFrom(...rules.holdSeconds),
    }),
    commit: plain({ do: fc.constant('commit'), token, attempt, stranger }),
    release: plain({ do: fc.constant('release'), token, attempt, stranger }),
    collect: plain({
      do: fc.constant('collect'),
      token,
      attempt,
      collector: fc.nat({ max: COLLECTORS - 1 }),
      stranger,
    }),
    revoke: plain({ do: fc.constant('revoke'), token }),
    'revoke-subject': plain({
      do: fc.constant('revoke-subject'),
      subject,
      purpose: fc.option(purpose, { nil: undefined }),
    }),
    'revoke-key': plain({ do: fc.constant('revoke-key'), key }),
    inspect: plain({ do: fc.constant('inspect'), token, withTopic: fc.boolean() }),
    lapse: plain({ do: fc.constant('lapse'), seconds: fc.constantFrom(...rules.lapseSeconds) }),
    restart: fc.constant({ do: 'restart' }),
    'lose-reply': plain({ do: fc.constant('lose-reply'), octets: fc.nat({ max: 120 }) }),
  };
  const step = fc.oneof(
    ...(Object.keys(kinds) as StepKind[]).map((kind) => ({
      arbitrary: kinds[kind],
      weight: rules.weights[kind] ?? 0,
    })),
  );
  const rest = fc.array(step, { maxLength: rules.maxSteps, size: 'max' });
  return fc.tuple(kinds.mint, rest).map(([mint, steps]) => [mint, ...steps]);
}

/** A record that prints as one. */
function plain<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

function oneIn(times: number): fc.Arbitrary<boolean> {
  return fc.nat({ max: times - 1 }).map((n) => n === times - 1);
}
