import type { LedgerConnection } from '../../src/redis/connection.ts';
import { identityOf, type Memories, type Memory } from './faults-memories.ts';
import { freezing, type Means } from './faults-service.ts';

export interface FreezeOptions {
  readonly memories: Memories;
  readonly means: Omit<Means, 'connection'>;
  readonly clockOf: (memory: Memory) => number;
  /** A connection to a memory, for a command that has heard of nothing. */
  readonly connect: (memory: Memory) => LedgerConnection;
  readonly question: <T>(ask: () => Promise<T>) => Promise<T>;
  /** An epoch was carried over to a server. */
  readonly carriedOver: (epoch: string, identity: string) => void;
}

/** The commands that freeze and thaw, and their tickets. */
export function newFreezes({ memories, means, clockOf, connect, question, carriedOver }: FreezeOptions) {
  let tickets = 0;
  const openTickets: string[] = [];
  const commandAt = (memory: Memory) => freezing({ ...means, connection: connect(memory) });

  async function freeze(memory: Memory, seconds: number): Promise<void> {
    const ticket = `ticket ${++tickets}`;
    memory.frozenUntilMs = Math.max(memory.frozenUntilMs, clockOf(memory) + seconds * 1000);
    // Whoever got no answer thaws all the same.
    openTickets.push(ticket);
    const told = await question(() => commandAt(memory).freeze(ticket, seconds)).catch(() => undefined);
    if (told?.otherTicket.length) openTickets.pop();
  }

  /** A ticket is for one thaw: it is not tried again unless the answer says that it thawed nothing. */
  async function thaw(memory: Memory): Promise<void> {
    const ticket = openTickets.pop();
    if (ticket === undefined) return;
    const epoch = await memories.epochOf(memory);
    const { thawed, unknown } = await question(() => commandAt(memory).thaw(ticket));
    if (thawed.length + unknown.length === 0) openTickets.push(ticket);
    else if (epoch) carriedOver(epoch, identityOf(memory));
    memory.frozenUntilMs = 0;
  }

  return { freeze, thaw };
}
