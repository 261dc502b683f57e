import { expect } from 'chai';
import { type Caller, callerWithEveryRight } from '../../src/callers/caller.ts';
import { MatchstickError } from '../../src/errors.ts';
import { memoryEvents } from '../../src/events/memory.ts';
import type { EventStore, FoundEvents } from '../../src/events/store.ts';
import { eventFeed } from '../../src/http/event-feed.ts';
import { eventsQuery } from '../../src/operations/events.ts';
import { newEvent } from '../support/events.ts';

const CALLER = callerWithEveryRight('ops');
const GAP = 'event: gap\ndata: {}\n\n';
const HEARTBEAT = ':\n\n';

interface Following {
  readonly query?: object;
  readonly caller?: Caller;
  /** How long each question takes. */
  readonly stepMs?: number;
}

/** What a follower is sent while a store gives these answers, and after which events the store was asked. */
async function follow(
  answers: readonly (FoundEvents | Error)[],
  { query = {}, caller = CALLER, stepMs = 0 }: Following = {},
) {
  const asked: (string | undefined)[] = [];
  const over = new AbortController();
  let nowMs = 0;
  const store: EventStore = {
    ...memoryEvents(0),
    find: async ({ after }) => {
      const answer = answers[asked.push(after) - 1];
      nowMs += stepMs;
      if (asked.length >= answers.length) over.abort();
      if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often');
      return answer;
    },
  };
  const hashSubject = (subject: string) => `hash of ${subject}`;
  const { signal: ending } = new AbortController();
  const more = eventFeed({ store, nowMs: () => nowMs, hashSubject, ending })(
    eventsQuery.parse(query),
    caller,
    'seen',
  );
  if (more instanceof MatchstickError) throw more;
  const sent: string[] = [];
  for await (const piece of more(over.signal)) sent.push(piece);
  return { sent, asked };
}

const page = (events: FoundEvents['events'], facts: Partial<FoundEvents> = {}): FoundEvents => ({
  events,
  more: true,
  ...facts,
});

describe('what a follower of events is sent', () => {
  it('is what is meant, and the next question goes on after what was not meant too', async () => {
    const [mine, other] = [newEvent({ subject: 'hash of ada' }), newEvent({ subject: 'hash of bob' })];
    const { sent, asked } = await follow([page([mine, other]), page([]), page([])], {
      query: { subject: 'ada' },
    });
    expect(sent).to.deep.equal([`id: ${mine.id}\nevent: ${mine.type}\ndata: ${JSON.stringify(mine)}\n\n`]);
    expect(asked).to.deep.equal(['seen', other.id, other.id]);
  });

  it('goes on where it was after a store that gave no answer', async () => {
    const [one, two] = [newEvent(), newEvent()];
    const away = new MatchstickError('ledger_unavailable', 'away');
    const { sent, asked } = await follow([page([one]), away, page([two]), page([])]);
    expect(sent).to.have.length(2);
    expect(asked).to.deep.equal(['seen', one.id, one.id, two.id]);
  });

  it('says that events may be missing once, and again when that happens again', async () => {
    const gap = { gap: true } as const;
    const { sent } = await follow([
      page([], gap),
      page([], gap),
      page([newEvent()]),
      page([newEvent()], gap),
      page([]),
    ]);
    expect(sent.map((text) => text.startsWith(GAP))).to.deep.equal([true, false, true]);
    expect(sent[0]).to.equal(GAP);
  });

  it('is a comment every 15 seconds if nothing else comes, and none if something does', async () => {
    const quiet = Array.from({ length: 7 }, () => page([]));
    expect((await follow(quiet, { stepMs: 5000 })).sent).to.deep.equal([HEARTBEAT, HEARTBEAT]);
    const busy = Array.from({ length: 7 }, (_, at) => page(at % 2 ? [newEvent()] : []));
    const { sent } = await follow(busy, { stepMs: 5000 });
    expect(sent).to.have.length(3).and.not.include(HEARTBEAT);
  });

  it('ends at the moment at which the key of the caller expires', async () => {
    const answers = Array.from({ length: 9 }, () => page([newEvent()]));
    const caller = { ...CALLER, expiresAtMs: 3000 };
    expect((await follow(answers, { caller, stepMs: 1000 })).sent).to.have.length(3);
  });

  it('is nothing for those above 32 that asked when fewer followed', async () => {
    const over = new AbortController();
    const store: EventStore = { ...memoryEvents(0), find: async () => page([newEvent()]) };
    const { signal: ending } = new AbortController();
    const follow = eventFeed({ store, nowMs: () => 0, hashSubject: String, ending });
    const feeds = Array.from({ length: 40 }, () => follow(eventsQuery.parse({}), CALLER, 'seen'));
    const firsts = await Promise.all(
      feeds.map((feed) => {
        if (feed instanceof MatchstickError) throw feed;
        return feed(over.signal)[Symbol.asyncIterator]().next();
      }),
    );
    expect(firsts.filter(({ done }) => !done)).to.have.length(32);
    over.abort();
  });
});
