import type { Inspected } from '../contract/replies.ts';
import type { MatchstickEvent } from '../events/event.ts';
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

/** What is known of a token: its state, its own events, oldest first, and those that may explain it. */
export interface Known {
  readonly state: Inspected;
  readonly events: readonly MatchstickEvent[];
  /** Revocations by subject and of keys that concern it, and epochs that began after it was made, oldest first. */
  readonly causes: readonly MatchstickEvent[];
  readonly nowMs: number;
}

type Judge = (known: Known) => Verdict;

/** Every state that a token can be in. */
const VERDICTS: Readonly<Record<Inspected['state'], Judge>> = {
  live: (known) => {
    const { state, nowMs, events } = known;
    const until = state.expiresAt
      ? ` It works until ${clock(state.expiresAt)}, ${distance(state.expiresAt, nowMs)}.`
      : '';
    const tried = lastOf(events, 'token.refused') ?? lastOf(events, 'link.refused');
    if (!tried) {
      const isOpened = lastOf(events, 'link.opened') !== undefined;
      const opened = isOpened
        ? 'The page of its link was opened, but nobody pressed the button.'
        : 'Nobody has tried it yet.';
      return {
        tone: 'good',
        word: 'Works',
        sentence: `It has not been used. ${opened}${until}`,
        todo: LIVE_TODO,
      };
    }
    const { todo } = reasonOf(tried.code);
    return {
      tone: 'good',
      word: 'Works',
      sentence: `It has not been used.${until} The last try failed at ${timeAndAge(tried.time, nowMs)}. ${sentenceOf(tried)}.`,
      todo,
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
        : 'It did its work. If the person needs it again, have the application send a new one.',
    };
  },
  expired: (known) => {
    const { state, events, nowMs } = known;
    const tried = lastOf(events, 'link.refused') ?? lastOf(events, 'token.refused');
    const late = tried
      ? ` The last try failed at ${timeAndAge(tried.time, nowMs)}. ${sentenceOf(tried)}.`
      : opened(events);
    const end = state.expiresAt ? ` Its time ended at ${timeAndAge(state.expiresAt, nowMs)}.` : '';
    // What was used long ago is remembered by the events alone.
    const used = lastOf(events, 'token.redeemed') ?? lastOf(events, 'token.committed');
    if (used) return VERDICTS.burned(known);
    const cause = revocation(known);
    if (cause)
      return {
        tone: 'bad',
        word: 'Expired',
        sentence: `${sentenceOf(cause)} at ${timeAndAge(cause.time, nowMs)}.${end}`,
        todo: reasonOf('token_revoked').todo,
      };
    return {
      tone: 'bad',
      word: 'Expired',
      sentence: `Nobody used it in time, as far as the events say.${end}${late}`,
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
        : 'It was revoked before it was used. The record of who did it is kept no longer.',
      todo: reasonOf('token_revoked').todo,
    };
  },
  superseded: (known) => ({
    tone: 'bad',
    word: 'Replaced',
    sentence: `${by(lastOf(known.events, 'token.superseded'), known, 'made a newer one for the same subject')}, so this one does not work any more.`,
    todo: reasonOf('token_superseded').todo,
  }),
  void: (known) => {
    const { causes, nowMs } = known;
    const cause = causes.find(({ type }) => type === 'epoch.began');
    const why = cause
      ? `At ${timeAndAge(cause.time, nowMs)} the ledger began a new memory: ${epochReason(cause.code)}.`
      : 'The ledger began a new memory after it was made.';
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

const LIVE_TODO = 'Ask the person to use it before it expires. Look here again afterwards.';

export function verdictOf(known: Known): Verdict {
  return VERDICTS[known.state.state](known);
}

function lastOf(
  events: readonly MatchstickEvent[],
  type: MatchstickEvent['type'],
): MatchstickEvent | undefined {
  return events.findLast((event) => event.type === type);
}

function by(event: MatchstickEvent | undefined, { nowMs }: Known, did: string): string {
  return event ? `${who(event)} ${did} at ${timeAndAge(event.time, nowMs)}` : `Somebody ${did}`;
}

function opened(events: readonly MatchstickEvent[]): string {
  const event = lastOf(events, 'link.opened');
  return event
    ? ` The page of its link was last opened at ${clock(event.time)}; nobody pressed the button.`
    : '';
}

/** What revoked it: itself, then what it belongs to. */
function revocation({ events, causes }: Known): MatchstickEvent | undefined {
  const own = lastOf(events, 'token.revoked');
  return own ?? causes.find(({ type }) => type !== 'epoch.began');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
