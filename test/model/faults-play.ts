import { newAsking } from './faults-asking.ts';
import type { Instance } from './faults-instances.ts';
import { newJudge, Violation } from './faults-judge.ts';
import type { Memories } from './faults-memories.ts';
import { newQuestions } from './faults-questions.ts';
import { ALL, isQuestion, REVOCABLE_KEYS, type Step, type Story } from './faults-steps.ts';
import { newWorld, type World } from './faults-world.ts';

/** How often an instance may be refused a fresh token after the faults. */
const MOST_TRIES = 4;
const LONGEST_FREEZE_SECONDS = 24 * 3600;

export interface Played {
  /** How many questions were asked. */
  readonly questions: number;
  /** What was asked and answered, and what happened. */
  readonly log: readonly string[];
}

/** Plays a story, and asks for everything again at its end. Throws a `Violation`. */
export async function playStory(
  { beginsAtSeconds, steps }: Story,
  memories: Memories,
  forgetful = false,
): Promise<Played> {
  const judge = newJudge();
  const world = await newWorld({ memories, beginsAtSeconds, forgetful, carriedOver: judge.carriedOver });
  const player = newPlayer(world, judge);
  try {
    for (const step of steps) await player.play(step);
    await player.sweep();
    await player.heal();
    await player.sweep();
    await player.live();
    return { questions: player.questions(), log: player.log };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw new Violation([error.message, ...player.log].join('\n  '));
  } finally {
    await world.close();
  }
}

function newPlayer(world: World, judge: ReturnType<typeof newJudge>) {
  const asking = newAsking(world, judge);
  const questions = newQuestions(world, judge, asking);
  const { memories, instances } = world;
  const { newAttempt } = questions;
  let turns = 0;

  const next = (): Instance => {
    const instance = instances[turns++ % instances.length];
    if (!instance) throw new Error('there is no instance');
    return instance;
  };

  async function redeemsFresh(instance: Instance): Promise<boolean> {
    const of = { purpose: 0, uses: 1, lifetimeSeconds: 60, live: 1, key: REVOCABLE_KEYS };
    const step = { do: 'mint', by: 0, ...of } as const;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const token = await questions.mint(instance, step);
      if (token && (await questions.take(instance, token, newAttempt())) === 'burned') return true;
    }
    return false;
  }

  return {
    log: asking.log,
    questions: asking.questions,
    play: async (step: Step): Promise<void> => {
      if (isQuestion(step)) return questions.question(step);
      asking.log.push(JSON.stringify(step));
      await world.befall(step);
    },
    /** Everything that was answered is asked for again: what holds a use is to give it back, and others try to take it. */
    sweep: async (): Promise<void> => {
      for (const token of judge.tokens) {
        for (const attempt of [...token.uses.keys(), ...token.unanswered])
          await questions.settle(next(), token, attempt, 'release');
        for (let tries = 0; tries <= token.id.uses; tries++) {
          const outcome = await questions.take(next(), token, newAttempt());
          if (outcome !== 'burned') break;
        }
        for (const attempt of token.collected.keys()) {
          for (const collector of questions.collectors)
            await questions.collect(next(), token, attempt, collector);
        }
      }
    },
    /** The faults end: one master, the right time. */
    heal: async (): Promise<void> => {
      asking.log.push('the faults end');
      await world.befall({ do: 'slot', at: 0, act: 'stable' });
      for (const at of memories.all.keys())
        await world.befall({ do: 'clock', at, to: 'home', expires: false });
      await world.befall({ do: 'lead', by: ALL, at: 0 });
      await world.befall({ do: 'pass', seconds: 1 });
    },
    /** Every instance mints and redeems again. A freeze by a clock that was ahead may last that much longer. */
    live: async (): Promise<void> => {
      for (const instance of instances) {
        if (await redeemsFresh(instance)) continue;
        await world.befall({ do: 'pass', seconds: LONGEST_FREEZE_SECONDS });
        if (!(await redeemsFresh(instance))) throw new Violation('an instance cannot redeem a fresh token');
      }
    },
  };
}
