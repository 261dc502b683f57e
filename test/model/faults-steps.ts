/**
 * What is asked of a ledger under faults, and the faults, as plain data. `by` is an instance, `at` a memory. What a
 * step names is looked for in what there is at that moment: a token that fits, and of its attempts one that fits.
 */
export type Question =
  | Mint
  | { readonly do: 'register-again'; readonly by: number; readonly token: Which }
  /** Redeems or holds a token. One is minted for it where none fits. */
  | {
      readonly do: 'take';
      readonly by: number;
      readonly token: Which;
      /** The one that asked for a use last, or one that never asked. */
      readonly attempt: 'last' | 'new';
      readonly holdSeconds: number;
      readonly lifetimeSeconds: number;
    }
  /** A new attempt at each of the newest tokens. */
  | { readonly do: 'take-all'; readonly by: number }
  | { readonly do: 'commit' | 'release'; readonly by: number; readonly token: Which }
  | { readonly do: 'collect'; readonly by: number; readonly token: Which; readonly collector: number }
  | { readonly do: 'revoke' | 'inspect'; readonly by: number; readonly token: Which }
  | { readonly do: 'revoke-subject'; readonly by: number; readonly purpose?: number | undefined }
  | { readonly do: 'revoke-key'; readonly by: number; readonly key: number };

export interface Mint {
  readonly do: 'mint';
  readonly by: number;
  readonly purpose: number;
  readonly uses: number;
  readonly lifetimeSeconds: number;
  /** How many may live of its purpose. Absent: it is not registered. */
  readonly live?: number | undefined;
  /** Which key signs it. Absent: the first. */
  readonly key?: number | undefined;
}

/** A token of a kind, counted back from the newest: nothing was asked of it, it is held, or a use of it is taken. */
export interface Which {
  readonly among: 'fresh' | 'held' | 'used' | 'any';
  readonly back: number;
}

export type Fault =
  /** Time goes on, everywhere. */
  | { readonly do: 'pass'; readonly seconds: number }
  /** A memory's clock is set. */
  | { readonly do: 'clock'; readonly at: number; readonly to: Moment; readonly expires: boolean }
  /** A script of the next question, counted from 0, is aborted after so many commands. */
  | { readonly do: 'cut'; readonly script: number; readonly after: number }
  /** The reply of a script of the next question is lost. Perhaps it is asked again, after something else happened. */
  | {
      readonly do: 'lose-reply';
      readonly script: number;
      readonly retries: boolean;
      readonly meanwhile?: Fault | undefined;
    }
  /** The slot moves from one memory to the other, key by key, perhaps not to its end. */
  | { readonly do: 'slot'; readonly at: number; readonly act: 'open' | 'back' | 'stable' | 'finish' }
  | { readonly do: 'move'; readonly key: Pick }
  /** The other memory becomes a copy of this one, or of a copy that was kept, and a master. */
  | {
      readonly do: 'promote';
      readonly at: number;
      readonly from: 'now' | number;
      readonly keepsReplid: boolean;
      readonly leads: boolean;
    }
  | { readonly do: 'lead'; readonly by: number; readonly at: number }
  | {
      readonly do: 'restart';
      readonly at: number;
      readonly from: 'now' | 'nothing' | number;
      readonly keepsReplid: boolean;
    }
  /** Keeps a copy of a memory. */
  | { readonly do: 'keep'; readonly at: number; readonly copy: number }
  /** Changes the contents of a memory for those of a copy, in the same process. */
  | { readonly do: 'swap'; readonly at: number; readonly copy: number }
  | {
      readonly do: 'vanish';
      readonly at: number;
      readonly what: 'key' | 'field';
      readonly key: Pick;
      readonly field: number;
    }
  /** A bucket takes the place of another that has as many fields. */
  | { readonly do: 'rename'; readonly at: number; readonly pick: number }
  | { readonly do: 'freeze'; readonly at: number; readonly seconds: number }
  | { readonly do: 'thaw'; readonly at: number }
  /** An instance starts anew. */
  | { readonly do: 'forget'; readonly by: number };

export type Step = Question | Fault;

export function isQuestion(step: Step): step is Question {
  return 'by' in step && step.do !== 'lead' && step.do !== 'forget';
}

/** One of the keys of a kind that a memory has, in order. */
export interface Pick {
  readonly kind: 'meta' | 'bucket' | 'subject' | 'any';
  readonly number: number;
}

/** Where a clock is set to. */
export type Moment =
  | { readonly by: number }
  | 'home'
  /** So many seconds from the beginning of this, the next, … period of subject buckets. */
  | { readonly period: number; readonly seconds: number }
  /** So many seconds from the lapse of the newest hold, or the expiry of the newest token. */
  | { readonly lapse: number }
  | { readonly expiry: number };

export interface Story {
  /** How far into a period of subject buckets it begins. */
  readonly beginsAtSeconds: number;
  readonly steps: readonly Step[];
}

/** Keys that are revoked; another one never is. */
export const REVOCABLE_KEYS = 2;
export const INSTANCES = 2;
export const MEMORIES = 2;
export const COPIES = 2;
export const ALL = INSTANCES;
