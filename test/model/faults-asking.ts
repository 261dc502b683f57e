import { MatchstickError } from '../../src/errors.ts';
import type { Instance } from './faults-instances.ts';
import type { newJudge, Source } from './faults-judge.ts';
import { Violation } from './faults-judge.ts';
import { identityOf } from './faults-memories.ts';
import type { World } from './faults-world.ts';

/** Errors that a fault explains. */
const EXPLAINED =
  /^(ASK|TRYAGAIN|FROZEN) |ERR cut|non local key|the reply was lost|memories of the ledger come and go/;

export interface Answered<T> {
  readonly answer: T;
  readonly source: Source;
}

/** Asks instances, and writes down what was asked and answered. */
export function newAsking(world: World, judge: ReturnType<typeof newJudge>) {
  const log: string[] = [];
  const { memories, instances } = world;
  let questions = 0;

  /** Asks, and says where the answer came from. Undefined: there was none. */
  async function ask<T>(
    instance: Instance,
    what: string,
    question: () => Promise<T>,
  ): Promise<Answered<T> | undefined> {
    questions++;
    instance.heard = [];
    const asked = `${what} by ${instances.indexOf(instance)}`;
    try {
      const answer = await world.question(question);
      log.push(`${asked} at ${trace(instance)} -> ${JSON.stringify(answer)}`);
      const source = sourceOf(instance);
      // Whoever knew better has ended the epoch before there was an answer.
      for (const { epoch } of instance.heard) if (source.knewBetter(epoch)) source.past.ended.add(epoch);
      return { answer, source };
    } catch (error) {
      const why = reasonOf(error);
      log.push(`${asked} at ${trace(instance)} -> no answer: ${why}`);
      if (!EXPLAINED.test(why)) throw new Violation(`a script broke: ${why}`);
      return undefined;
    } finally {
      for (const { memory, epoch, changes } of instance.heard) {
        judge.lives(epoch, identityOf(memory), changes === 0 ? world.faults() : undefined);
      }
    }
  }

  /** The memories that answered, and the epochs that they named. */
  function trace({ memory, heard }: Instance): string {
    const told = heard.map((each) => `${each.memory.db}:${each.epoch.slice(0, 3)}.${each.changes}`);
    return [memory.db, ...told].join(' ');
  }

  function sourceOf({ heard, memory }: Instance): Source {
    const last = heard.at(-1)?.memory ?? memory;
    const better = new Set(heard.filter(({ knewBetter }) => knewBetter).map(({ epoch }) => epoch));
    return {
      memory: last,
      epoch: heard.at(-1)?.epoch ?? '',
      repliesLost: world.repliesLost(),
      past: memories.pastOf(last),
      identity: identityOf(last),
      nowMs: world.clockOf(last),
      knewBetter: (epoch) => better.has(epoch),
    };
  }

  return { ask, sourceOf, log, questions: () => questions };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof MatchstickError ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
