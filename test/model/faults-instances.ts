import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { LedgerClient } from '../../src/redis/client.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { unavailable } from '../../src/redis/unavailable.ts';
import { type Knowledge, learn, replyIn } from './faults-knowledge.ts';
import type { Memories, Memory } from './faults-memories.ts';

/** A reply that an instance got, where from, and whether it had reason to know that this memory went back. */
export interface Heard {
  readonly memory: Memory;
  readonly epoch: string;
  readonly changes: number;
  readonly knewBetter: boolean;
}

/** An instance of the service: it is led to one memory, and remembers what it heard since it started. */
export interface Instance {
  ledger: BurnLedger;
  /** Lets it forget what it has heard. */
  readonly start: () => void;
  readonly onAnotherEpoch: () => void;
  memory: Memory;
  /** The replies to the question that is asked, in order. */
  heard: Heard[];
  knowledge: Knowledge;
}

/** What befalls the scripts of one question. They are counted from 0. */
export interface Fate {
  scripts: number;
  cut?: { readonly script: number; readonly after: number } | undefined;
  lost?: Lost | undefined;
}

export interface Lost {
  readonly script: number;
  /** Whether it is asked again, as it is where a connection has ended. */
  readonly retries: boolean;
  readonly meanwhile: () => Promise<void>;
}

type Led = Pick<Instance, 'memory' | 'heard' | 'knowledge' | 'onAnotherEpoch'>;
type Ask<T> = (redis: LedgerClient) => Promise<T>;
interface Answered<T> {
  readonly memory: Memory;
  readonly answer: T;
}

export const REPLY_LOST = 'the reply was lost';

/** A connection that asks the memory that its instance is led to, and follows a slot to where it goes. */
export function ledConnection(instance: () => Led, memories: Memories, fate: Fate): LedgerConnection {
  async function once<T>(ask: Ask<T>): Promise<{ answered?: Answered<T>; lost?: Lost }> {
    const script = fate.scripts++;
    const { lost, cut } = fate;
    for (const { tampering } of memories.all) {
      tampering.cutAfter = cut?.script === script ? cut.after : undefined;
    }
    const answered = await followed(instance().memory, ask);
    return lost?.script === script ? { lost } : { answered };
  }

  /** Where a key that is not here is asked for: at the other end of the slot's move. */
  async function followed<T>(memory: Memory, ask: Ask<T>): Promise<Answered<T>> {
    try {
      return { memory, answer: await memory.connection.answer(ask) };
    } catch (error) {
      const other = memories.all.find(({ slot }) => slot === 'importing');
      if (!other || !(error instanceof Error && /^ASK /.test(error.message))) throw unavailable(error);
      const answer = await other.connection.answer(ask).catch((cause) => Promise.reject(unavailable(cause)));
      return { memory: other, answer };
    }
  }

  function hear<T>({ memory, answer }: Answered<T>): T {
    const reply = replyIn(answer);
    if (!reply || reply.epoch === '') return answer;
    const { heard, knowledge, onAnotherEpoch } = instance();
    const known = knowledge.last?.epoch;
    heard.push({ memory, epoch: reply.epoch, changes: reply.changes, knewBetter: learn(knowledge, reply) });
    if (known && known !== reply.epoch) onAnotherEpoch();
    return answer;
  }

  async function answer<T>(ask: Ask<T>, mayRetry = true): Promise<T> {
    const { answered, lost } = await once(ask);
    if (answered) return hear(answered);
    await lost?.meanwhile();
    if (!lost?.retries || !mayRetry) throw unavailable(new Error(REPLY_LOST));
    return answer(ask, mayRetry);
  }

  return { redis: UNWATCHED, answer, askOnce: (ask) => answer(ask, false), close: async () => {} };
}

/** A client that is never ready: nothing is asked but what a story asks. */
const UNWATCHED = { status: 'wait', on: () => {}, removeListener: () => {} } as unknown as LedgerClient;
