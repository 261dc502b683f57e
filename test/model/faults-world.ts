import type { LedgerConnection } from '../../src/redis/connection.ts';
import { type Fate, type Instance, ledConnection } from './faults-instances.ts';
import { newKnowledge } from './faults-knowledge.ts';
import type { Memories, Memory } from './faults-memories.ts';
import { freezing, newLedger, repeatableBytes } from './faults-service.ts';
import { ALL, type Fault, INSTANCES, type Moment, type Pick } from './faults-steps.ts';

/** How far back a clock may go without harm to an epoch. */
const HARMLESS_STEP_BACK_MS = 12 * 60_000;
const PERIOD_MS = 2 * 3_600_000;
/** Far ahead of any server's real time, so that no server drops a key by itself. */
const BEGINNING_MS = 1_900_800_000_000;

/** What a story needs to know of the ledger, besides its answers, to set a clock or to tell a lost epoch. */
export interface World {
  readonly memories: Memories;
  readonly instances: readonly Instance[];
  readonly randomBytes: (size: number) => Uint8Array;
  readonly clockOf: (memory: Memory) => number;
  /** How many faults there were that may end an epoch. */
  readonly faults: () => number;
  readonly befall: (fault: Fault) => Promise<void>;
  /** The next question: time goes on a little, and afterwards its script is aborted no more. */
  readonly question: <T>(ask: () => Promise<T>) => Promise<T>;
  /** Whether a reply to the newest question was lost, after which it was asked again. */
  readonly repliesLost: () => boolean;
  readonly close: () => Promise<void>;
  newestLapseMs: number;
  newestExpiryMs: number;
}

export interface WorldOptions {
  readonly memories: Memories;
  readonly beginsAtSeconds: number;
  /** Instances forget what they have heard once they hear of another epoch. */
  readonly forgetful: boolean;
  /** An epoch was carried over to a server. */
  readonly carriedOver: (epoch: string, identity: string) => void;
}

/** Memories that are empty, and instances that have heard of nothing. */
export async function newWorld({
  memories,
  beginsAtSeconds,
  forgetful,
  carriedOver,
}: WorldOptions): Promise<World> {
  await memories.reset();
  const [first, second] = memories.all;
  if (!first || !second) throw new Error('two memories are needed');
  const memoryAt = (at: number) => (at === 0 ? first : second);
  const otherThan = (memory: Memory) => (memory === first ? second : first);
  const randomBytes = repeatableBytes();
  const fate: Fate = { scripts: 0 };
  let rightMs = BEGINNING_MS + beginsAtSeconds * 1000;
  let faults = 0;
  let repliesLost = false;
  let tickets = 0;
  const openTickets: string[] = [];
  const latest = new Map<Memory, number>();

  const clockOf = (memory: Memory) => rightMs + memory.clockAheadMs;
  const nowMs = () => rightMs;

  function setTampering(memory: Memory): void {
    const { tampering, identity, slot } = memory;
    Object.assign(tampering, { clockMs: clockOf(memory), identity, migrating: slot === 'migrating' });
  }

  function newInstance(): Instance {
    const connection = ledConnection(() => instance, memories, fate);
    const start = () => {
      void instance.ledger.close();
      instance.ledger = newLedger({ connection, randomBytes, nowMs });
    };
    const onAnotherEpoch = forgetful ? start : () => {};
    const ledger = newLedger({ connection, randomBytes, nowMs });
    const instance: Instance = {
      ledger,
      start,
      onAnotherEpoch,
      memory: memoryAt(0),
      heard: [],
      knowledge: newKnowledge(),
    };
    return instance;
  }
  const instances = Array.from({ length: INSTANCES }, newInstance);

  async function setClock(memory: Memory, to: Moment, expires: boolean): Promise<void> {
    const before = clockOf(memory);
    memory.clockAheadMs = momentMs(memory, to) - rightMs;
    const highest = Math.max(latest.get(memory) ?? 0, before);
    latest.set(memory, Math.max(highest, clockOf(memory)));
    if (clockOf(memory) < highest - HARMLESS_STEP_BACK_MS) faults++;
    if (memory.frozenUntilMs > 0) faults++;
    if (expires) await memories.expire(memory, clockOf(memory));
  }

  function momentMs(memory: Memory, to: Moment): number {
    if (to === 'home') return rightMs;
    if ('by' in to) return clockOf(memory) + to.by * 1000;
    if ('lapse' in to) return (world.newestLapseMs || clockOf(memory)) + to.lapse * 1000;
    if ('expiry' in to) return (world.newestExpiryMs || clockOf(memory)) + to.expiry * 1000;
    return (Math.floor(clockOf(memory) / PERIOD_MS) + to.period) * PERIOD_MS + to.seconds * 1000;
  }

  /** A master that a copy becomes: an own process, perhaps so new that it has its master's replid still. */
  async function promote({ at, from, keepsReplid, leads }: Extract<Fault, { do: 'promote' }>): Promise<void> {
    const master = memoryAt(at);
    const replica = otherThan(master);
    if (from === 'now') await memories.replicate(master, replica);
    else await memories.restore(from, replica);
    const fresh = memories.newIdentity();
    replica.identity = keepsReplid
      ? { replid: master.identity.replid, runId: fresh.runId }
      : { replid: fresh.replid, runId: replica.identity.runId };
    replica.frozenUntilMs = master.frozenUntilMs;
    if (leads) lead(ALL, replica);
  }

  async function restart({ at, from, keepsReplid }: Extract<Fault, { do: 'restart' }>): Promise<void> {
    const memory = memoryAt(at);
    if (from === 'nothing') await memories.empty(memory);
    else if (from !== 'now') await memories.restore(from, memory);
    const { replid, runId } = memories.newIdentity();
    memory.identity = { replid: keepsReplid ? memory.identity.replid : replid, runId };
  }

  function lead(by: number, memory: Memory): void {
    for (const [index, instance] of instances.entries())
      if (by === ALL || by === index) instance.memory = memory;
  }

  async function slot({ at, act }: Extract<Fault, { do: 'slot' }>): Promise<void> {
    const source = first?.slot === 'migrating' ? first : second?.slot === 'migrating' ? second : memoryAt(at);
    const target = otherThan(source as Memory);
    if (act === 'open') {
      source.slot = 'migrating';
      target.slot = 'importing';
      return lead(ALL, source);
    }
    for (const key of act === 'back' ? await memories.keysOf(target) : [])
      await memories.moveKey(target, source, key);
    for (const key of act === 'finish' ? await memories.keysOf(source) : [])
      await memories.moveKey(source, target, key);
    source.slot = target.slot = 'whole';
    if (act === 'finish') lead(ALL, target);
  }

  async function move(key: Pick): Promise<void> {
    const source = memories.all.find((memory) => memory.slot === 'migrating');
    if (source) await memories.move(source, otherThan(source), key);
  }

  /** Somebody who has heard of nothing: a command. */
  const outside = (memory: Memory): LedgerConnection => {
    const led = { memory, heard: [], knowledge: newKnowledge(), onAnotherEpoch: () => {} };
    return ledConnection(() => led, memories, fate);
  };

  async function freeze({ at, seconds }: Extract<Fault, { do: 'freeze' }>): Promise<void> {
    const memory = memoryAt(at);
    const ticket = `ticket ${++tickets}`;
    const ledger = freezing({ connection: outside(memory), randomBytes, nowMs });
    memory.frozenUntilMs = Math.max(memory.frozenUntilMs, clockOf(memory) + seconds * 1000);
    // Whoever got no answer thaws all the same.
    openTickets.push(ticket);
    const told = await question(() => ledger.freeze(ticket, seconds)).catch(() => undefined);
    if (told?.otherTicket.length) openTickets.pop();
  }

  /** A ticket is for one thaw: it is not tried again unless the answer says that it thawed nothing. */
  async function thaw({ at }: Extract<Fault, { do: 'thaw' }>): Promise<void> {
    const memory = memoryAt(at);
    const ticket = openTickets.pop();
    if (ticket === undefined) return;
    const epoch = await memories.epochOf(memory);
    const { thawed, unknown } = await question(() =>
      freezing({ connection: outside(memory), randomBytes, nowMs }).thaw(ticket),
    );
    if (thawed.length + unknown.length === 0) openTickets.push(ticket);
    else if (epoch) carriedOver(epoch, identityOf(memory));
    memory.frozenUntilMs = 0;
  }

  async function question<T>(ask: () => Promise<T>): Promise<T> {
    rightMs++;
    repliesLost = false;
    for (const memory of memories.all) {
      latest.set(memory, Math.max(latest.get(memory) ?? 0, clockOf(memory)));
      setTampering(memory);
    }
    try {
      return await ask();
    } finally {
      Object.assign(fate, { scripts: 0, cut: undefined, lost: undefined });
    }
  }

  async function befall(fault: Fault): Promise<void> {
    switch (fault.do) {
      case 'pass':
        rightMs += fault.seconds * 1000;
        if (memories.all.some(({ frozenUntilMs }) => frozenUntilMs > 0)) faults++;
        return;
      case 'clock':
        return setClock(memoryAt(fault.at), fault.to, fault.expires);
      case 'cut':
        faults++;
        fate.cut = fault;
        return;
      case 'lose-reply': {
        const { meanwhile } = fault;
        fate.lost = {
          ...fault,
          meanwhile: async () => {
            repliesLost = true;
            if (meanwhile) await befall(meanwhile);
            for (const memory of memories.all) setTampering(memory);
          },
        };
        return;
      }
      case 'forget': {
        const instance = instances[fault.by];
        if (instance) instance.knowledge = newKnowledge();
        instance?.start();
        return;
      }
      default:
        faults++;
    }
    switch (fault.do) {
      case 'slot':
        return slot(fault);
      case 'move':
        return move(fault.key);
      case 'promote':
        return promote(fault);
      case 'lead':
        return lead(fault.by, memoryAt(fault.at));
      case 'restart':
        return restart(fault);
      case 'keep':
        return memories.keep(memoryAt(fault.at), fault.copy);
      case 'swap':
        return memories.swap(memoryAt(fault.at), fault.copy);
      case 'vanish':
        return memories.vanish(
          memoryAt(fault.at),
          fault.key,
          fault.what === 'field' ? fault.field : undefined,
        );
      case 'rename':
        return memories.rename(memoryAt(fault.at), fault.pick);
      case 'freeze':
        return freeze(fault);
      case 'thaw':
        return thaw(fault);
    }
  }

  const world: World = {
    memories,
    instances,
    randomBytes,
    clockOf,
    faults: () => faults,
    befall,
    question,
    repliesLost: () => repliesLost,
    close: async () => {
      for (const { ledger } of instances) await ledger.close();
    },
    newestLapseMs: 0,
    newestExpiryMs: 0,
  };
  return world;
}

export function identityOf({ identity: { replid, runId } }: Memory): string {
  return `${replid} ${runId}`;
}
