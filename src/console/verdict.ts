import type { Inspected } from '../contract/replies.ts';
import type { MatchstickEvent } from '../events/event.ts';
import type { LinkCode } from '../links/link-code.ts';
import {
  by,
  type Known,
  lastOf,
  lastRefusal,
  newEpoch,
  opened,
  revocation,
  silence,
  times,
  usesOf,
} from './known.ts';
import { sentenceOf, type Tone, who } from './narrate.ts';
import { epochReason, reasonOf } from './reasons.ts';
import { clock, distance, timeAndAge } from './time.ts';

/** The one answer to "why did it not work?". */
export interface Verdict {
  readonly tone: Tone;
  readonly word: string;
  /** What happened, when and by whom. */
  readonly sentence: string;
  /** What to do. */
  readonly todo: string;
}

type Judge = (known: Known) => Verdict;

/** Every state that a token can be in. */
const VERDICTS: Readonly<Record<Inspected['state'], Judge>> = {
  live: (known) => {
    const { state, nowMs, events } = known;
    const isLocked = events.some(({ code }) => code === 'code_locked');
    const uses = usesOf(known);
    const until = state.expiresAt
      ? ` It works until ${clock(state.expiresAt)}, ${distance(state.expiresAt, nowMs)}.`
      : '';
    const tried = lastRefusal(events);
    if (!tried) {
      const isOpened = lastOf(events, 'link.opened') !== undefined;
      const opened = isOpened
        ? ' The page of its link was opened, but nobody pressed the button.'
        : ' Nobody has tried it yet.';
      return {
        tone: 'good',
        word: 'Works',
        sentence: `${uses.sentence}${uses.some ? '' : opened}${until}${silence(known)}`,
        todo: LIVE_TODO,
      };
    }
    return {
      tone: isLocked ? 'bad' : 'good',
      word: isLocked ? 'Locked' : 'Works',
      sentence: `${uses.sentence}${isLocked ? '' : until} The last try failed at ${timeAndAge(tried.time, nowMs)}. ${sentenceOf(tried)}.${silence(known)}`,
      todo: reasonOf(isLocked ? 'code_locked' : tried.code).todo,
    };
  },
  held: (known) => ({
    tone: 'plain',
    word: 'On hold',
    sentence: `${by(lastOf(known.events, 'token.held'), known, 'took it')}, and has not said yet whether it is used. That is decided by ${known.state.heldUntil ? clock(known.state.heldUntil) : 'then'}.`,
    todo: 'Wait until then, and look here again.',
  }),
  burned: (known) => {
    const { state, events, nowMs } = known;
    const used = lastOf(events, 'token.redeemed') ?? lastOf(events, 'token.committed');
    const when = used?.time ?? state.redeemedAt;
    const from = used?.client ? ` from ${used.client.address}` : '';
    const doer = used ? who(used) : state.redeemedBy ? `The application ${state.redeemedBy}` : 'Somebody';
    const again = events.filter(({ secondUse }) => secondUse);
    const last = again.at(-1);
    const second = last
      ? ` Somebody tried it again ${times(again.length)}, last at ${timeAndAge(last.time, nowMs)}, and got nothing.`
      : ' Nobody has tried it again.';
    return {
      tone: last ? 'bad' : 'good',
      word: 'Used',
      sentence: `${doer} used it${from}${when ? ` at ${timeAndAge(when, nowMs)}` : ''}.${second}`,
      todo: last
        ? reasonOf('token_burned').todo
        : 'It did its work. If the person needs another one, have the application send it.',
    };
  },
  expired: (known) => {
    const { state, events, nowMs } = known;
    const tried = lastRefusal(events);
    const late = tried
      ? ` The last try failed at ${timeAndAge(tried.time, nowMs)}. ${sentenceOf(tried)}.`
      : opened(events);
    const end = state.expiresAt ? ` Its time ended at ${timeAndAge(state.expiresAt, nowMs)}.` : '';
    // What was used long ago is remembered by the events alone.
    const used = lastOf(events, 'token.redeemed') ?? lastOf(events, 'token.committed');
    if (used) return VERDICTS.burned(known);
    const cause = revocation(known) ?? lastOf(events, 'token.superseded') ?? newEpoch(known);
    if (cause)
      return {
        tone: 'bad',
        word: 'Expired',
        sentence: `${sentenceOf(cause)} at ${timeAndAge(cause.time, nowMs)}.${end}`,
        todo: reasonOf(ENDED[cause.type] ?? 'token_expired').todo,
      };
    return {
      tone: 'bad',
      word: 'Expired',
      sentence: `Nobody used it in time, as far as the events say.${end}${late}${silence(known)}`,
      todo: reasonOf('token_expired').todo,
    };
  },
  revoked: (known) => {
    const cause = revocation(known);
    return {
      tone: 'bad',
      word: 'Revoked',
      sentence: cause
        ? `${sentenceOf(cause)} at ${timeAndAge(cause.time, known.nowMs)}, before it was used.`
        : 'It was revoked before it was used. The record of who did it is no longer kept.',
      todo: reasonOf('token_revoked').todo,
    };
  },
  superseded: (known) => ({
    tone: 'bad',
    word: 'Replaced',
    sentence: `${by(lastOf(known.events, 'token.superseded'), known, 'made a newer one for the same subject')}, so this one no longer works.`,
    todo: reasonOf('token_superseded').todo,
  }),
  void: (known) => {
    const { events, nowMs } = known;
    // The ledger has forgotten the use; the events have not.
    if (lastOf(events, 'token.redeemed') ?? lastOf(events, 'token.committed')) return VERDICTS.burned(known);
    const cause = newEpoch(known);
    const reason =
      cause?.code === 'no-epoch'
        ? 'Redis was empty: it was flushed, or restarted without its data'
        : epochReason(cause?.code);
    const why = cause
      ? `At ${timeAndAge(cause.time, nowMs)} the ledger began a new memory: ${reason}.`
      : 'The ledger began a new memory after the token was made.';
    return {
      tone: 'bad',
      word: 'Void',
      sentence: `${why} Everything made before that is refused, so that nothing is used twice.`,
      todo: reasonOf('token_void').todo,
    };
  },
  invalid: ({ state }) => ({
    tone: 'bad',
    word: 'Not genuine',
    sentence: `It is not a genuine token of this service: ${state.reason ?? 'it was not made here'}.`,
    todo: reasonOf('token_invalid').todo,
  }),
};

/** What a token that is over was over by before, and what somebody would have been told. */
const ENDED: Partial<Readonly<Record<MatchstickEvent['type'], LinkCode>>> = {
  'token.revoked': 'token_revoked',
  'subject.revoked': 'token_revoked',
  'key.revoked': 'token_revoked',
  'token.superseded': 'token_superseded',
  'epoch.began': 'token_void',
};

const LIVE_TODO = 'Ask the person to use it before it expires. Look here again afterwards.';

export function verdictOf(known: Known): Verdict {
  return VERDICTS[known.state.state](known);
}
