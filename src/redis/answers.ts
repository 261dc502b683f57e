import type {
  BurnAnswer,
  CollectAnswer,
  RecordedState,
  RevokeAnswer,
  SettleAnswer,
  UseAnswer,
} from '../ledger/burn-ledger.ts';
import type { FoundDeposit, GuessAnswer } from '../ledger/deposits.ts';
import { countAt, type ScriptReply, textAt, UnexpectedReplyError } from './reply.ts';

/** What the words of the scripts mean. Each function throws when its script said anything else. */

export function parseBurnAnswer(reply: ScriptReply, attempt: string): BurnAnswer {
  switch (reply.word) {
    case 'burned':
    case 'held':
    case 'released':
      return { repeated: !reply.changed, ...parseUse(reply, attempt) };
    case 'already-burned':
      return { outcome: 'already-burned', redeemedAtMs: countAt(reply, 0), redeemedBy: textAt(reply, 1) };
    case 'held-by-another':
      return { outcome: 'held-by-another', heldUntilMs: countAt(reply, 0) };
    case 'revoked':
    case 'superseded':
    case 'expired':
    case 'proof-used':
      return { outcome: reply.word };
    case 'early':
      return { outcome: 'early', byMs: countAt(reply, 0) };
    case 'void':
      return { outcome: 'void' };
    default:
      throw new UnexpectedReplyError();
  }
}

export function parseSettleAnswer(reply: ScriptReply, attempt: string): SettleAnswer {
  switch (reply.word) {
    case 'burned':
    case 'released': {
      const use = parseUse(reply, attempt);
      if (use.outcome === 'held') throw new UnexpectedReplyError();
      return use;
    }
    case 'revoked':
    case 'superseded':
    case 'unknown':
    case 'void':
      return { outcome: reply.word };
    case 'expired':
      return { outcome: 'unknown' };
    default:
      throw new UnexpectedReplyError();
  }
}

export function parseCollectAnswer(reply: ScriptReply, attempt: string): CollectAnswer {
  switch (reply.word) {
    case 'collected':
      if (textAt(reply, 0) !== attempt) throw new UnexpectedReplyError();
      return { outcome: 'collected', atMs: countAt(reply, 1), usesLeft: countAt(reply, 2) };
    case 'collected-by-another':
      return { outcome: 'collected-by-another', collectedAtMs: countAt(reply, 0) };
    case 'revoked':
    case 'superseded':
    case 'unknown':
    case 'void':
      return { outcome: reply.word };
    case 'expired':
      return { outcome: 'unknown' };
    default:
      throw new UnexpectedReplyError();
  }
}

export function parseRevokeAnswer(reply: ScriptReply): RevokeAnswer {
  const reach = { epoch: reply.epoch, elsewhere: reply.word === 'void' };
  switch (reply.word) {
    case 'revoked':
    case 'superseded':
    case 'expired':
    case 'unknown':
    case 'void':
      return { ...reach, outcome: reply.word };
    case 'already-burned':
      return {
        ...reach,
        outcome: 'already-burned',
        redeemedAtMs: countAt(reply, 0),
        redeemedBy: textAt(reply, 1),
      };
    default:
      throw new UnexpectedReplyError();
  }
}

/** How far a registration has come. `after` is where the next look goes on, or '' when nothing is left to be looked at. */
export interface RegistrationLook {
  readonly after: string;
  readonly living: number;
  readonly over: number;
  readonly seen: number;
}

/** Undefined if the tokens cannot be registered. */
export function parseRegistered(reply: ScriptReply): RegistrationLook | undefined {
  switch (reply.word) {
    case 'registered':
      return {
        after: textAt(reply, 0),
        living: countAt(reply, 1),
        over: countAt(reply, 2),
        seen: countAt(reply, 3),
      };
    case 'expired':
    case 'void':
      return undefined;
    default:
      throw new UnexpectedReplyError();
  }
}

export function parseRecordedState(reply: ScriptReply): RecordedState {
  switch (reply.word) {
    case 'burned':
      return { state: 'burned', redeemedAtMs: countAt(reply, 0), redeemedBy: textAt(reply, 1) };
    case 'held':
      return { state: 'held', heldUntilMs: countAt(reply, 0) };
    case 'unrecorded':
      return { state: 'unrecorded', usesLeft: countAt(reply, 0) };
    case 'revoked':
    case 'superseded':
    case 'unknown':
    case 'void':
      return { state: reply.word };
    default:
      throw new UnexpectedReplyError();
  }
}

export function parsePut({ word }: ScriptReply): boolean {
  if (word !== 'put' && word !== 'void') throw new UnexpectedReplyError();
  return word === 'put';
}

export function parseFoundDeposit(reply: ScriptReply): FoundDeposit | undefined {
  switch (reply.word) {
    case 'open':
      return { contents: textAt(reply, 0) };
    case 'locked':
      return { contents: textAt(reply, 0), triesLeft: countAt(reply, 1) };
    case 'gone':
      return undefined;
    default:
      throw new UnexpectedReplyError();
  }
}

export function parseGuessAnswer(reply: ScriptReply): GuessAnswer {
  switch (reply.word) {
    case 'right':
    case 'wrong':
      return { outcome: reply.word, contents: textAt(reply, 0), triesLeft: countAt(reply, 1) };
    case 'open':
      return { outcome: 'open', contents: textAt(reply, 0) };
    case 'gone':
      return { outcome: 'gone' };
    default:
      throw new UnexpectedReplyError();
  }
}

/** A use, which must be that of the attempt that asked. */
function parseUse(reply: ScriptReply, attempt: string): UseAnswer {
  if (textAt(reply, 0) !== attempt) throw new UnexpectedReplyError();
  const [atMs, usesLeft] = [countAt(reply, 1), countAt(reply, 3)];
  switch (reply.word) {
    case 'burned':
    case 'released':
      return { outcome: reply.word, atMs, usesLeft };
    case 'held':
      return { outcome: 'held', atMs, usesLeft, heldUntilMs: countAt(reply, 2) };
    default:
      throw new UnexpectedReplyError();
  }
}
