import { newFreezes } from './faults-freezes.ts';
import { type Fate, type Instance, ledConnection } from './faults-instances.ts';
import { newKnowledge } from './faults-knowledge.ts';
import type { Memories, Memory } from './faults-memories.ts';
import { newServers } from './faults-servers.ts';
import { newLedger, repeatableBytes } from './faults-service.ts';
import { type Fault, INSTANCES, type Moment } from './faults-steps.ts';

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
  const { memoryAt } = memories;
  const randomBytes = repeatableBytes();
  const fate: Fate = { scripts: 0 };
  let rightMs = BEGINNING_MS + beginsAtSeconds * 1000;
  let faults = 0;
  let repliesLost = false;
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
  const servers = newServers(memories, instances);
  const freezes = newFreezes({
    memories,
    means: { randomBytes, nowMs },
    clockOf,
    connect: (memory) => {
      const led = { memory, heard: [], knowledge: newKnowledge(), onAnotherEpoch: () => {} };
      return ledConnection(() => led, memories, fate);
    },
    question,
    carriedOver,
  });

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
        return servers.slot(fault);
      case 'move':
        return servers.move(fault.key);
      case 'promote':
        return servers.promote(fault);
      case 'lead':
        return servers.lead(fault.by, memoryAt(fault.at));
      case 'restart':
        return servers.restart(fault);
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
        return freezes.freeze(memoryAt(fault.at), fault.seconds);
      case 'thaw':
        return freezes.thaw(memoryAt(fault.at));
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
