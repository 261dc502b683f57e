import type { Instance } from './faults-instances.ts';
import type { Memories, Memory } from './faults-memories.ts';
import { ALL, type Fault, type Pick } from './faults-steps.ts';

/** What happens to the servers, and to which of them each instance is led. */
export function newServers(memories: Memories, instances: readonly Instance[]) {
  const { memoryAt, otherThan } = memories;

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
    const source = memories.all.find((memory) => memory.slot === 'migrating') ?? memoryAt(at);
    const target = otherThan(source);
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

  return { promote, restart, lead, slot, move };
}
