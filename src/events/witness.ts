import type { ErrorCode } from '../errors.ts';
import type { LedgerNote } from '../ledger/burn-ledger.ts';
import { formatTokenId } from '../token/id.ts';
import type { EventActor, EventToken, EventType, Outcome } from './event.ts';
import type { Occasion } from './occasion.ts';
import { noteOf, type Recorder } from './recorder.ts';

/** A token as its claims call it, as far as they are known. */
export interface About {
  readonly jti?: string | undefined;
  readonly purpose?: string | undefined;
  /** In the clear: events get its hash. */
  readonly subject?: string | undefined;
  readonly audience?: string | undefined;
  readonly kid?: string | undefined;
}

/** What is told of something that happened, besides who did it. */
export interface Account {
  readonly about?: About | undefined;
  /** As the ledger knows it. */
  readonly attempt?: string | undefined;
  readonly outcome?: Outcome;
  readonly code?: ErrorCode | string;
  readonly secondUse?: boolean;
}

/** Tells what one actor does on one occasion. */
export interface Witness {
  /** It has happened. */
  tell(type: EventType, account?: Account): void;
  /** What a ledger records with its decision, if that changes anything. */
  note(about?: About, attempt?: string): LedgerNote;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

export function witness(recorder: Recorder, actor: EventActor, occasion: Occasion): Witness {
  const tokenOf = (about: About | undefined): EventToken | undefined => {
    if (!about) return undefined;
    const { jti, purpose, subject, audience, kid } = about;
    const token: Writable<EventToken> = {};
    if (jti !== undefined) token.jti = jti;
    if (purpose !== undefined) token.purpose = purpose;
    if (subject !== undefined) token.subject = recorder.subject(subject);
    if (audience !== undefined) token.audience = audience;
    if (kid !== undefined) token.kid = kid;
    return token;
  };
  return {
    tell: (type, { about, ...account } = {}) =>
      recorder.tell(type, { actor, token: tokenOf(about), occasion, ...account }),
    note: (about, attempt) => {
      const note = recorder.note({ actor, token: tokenOf(about), attempt, occasion });
      return {
        text: JSON.stringify(note),
        recorded: (what, atMs, of) =>
          recorder.recorded(of ? noteOf(note, of.nonce, formatTokenId(of)) : note, what, atMs),
      };
    },
  };
}
