import { isDeepStrictEqual } from 'node:util';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { memoryOf, newModel, turningPoints } from './model.ts';
import { type Answer, ledgerPlayer, type Names, newNames, playOnModel, tokenOf } from './play.ts';
import type { Step } from './steps.ts';

/** A ledger, and what can happen to it. */
export interface World {
  readonly ledger: () => BurnLedger;
  /** The ledger's own time. */
  readonly nowMs: () => number;
  readonly lapse: (seconds: number) => Promise<void>;
  readonly restart: () => Promise<void>;
  /** The reply to the next question is cut after so many octets, until `keepReplies`. */
  readonly loseReply: (octets: number) => void;
  readonly keepReplies: () => void;
}

/** How far the ledger's clock, cut to milliseconds, may be outside the question's own time. */
const CLOCK_SLACK_MS = 2;

/**
 * Plays the steps on a world and on the model, and tells what each kind of step was answered. Throws at
 * the first answer that is not the model's at some moment between the question and the answer.
 */
export async function followModel(
  steps: readonly Step[],
  world: World,
  names: Names = newNames(),
): Promise<readonly string[]> {
  try {
    return await follow(steps, world, names);
  } finally {
    world.keepReplies();
  }
}

async function follow(steps: readonly Step[], world: World, names: Names): Promise<readonly string[]> {
  const told: string[] = [];
  const player = ledgerPlayer(world.ledger, names);
  let model = newModel();
  let losing = false;
  for (const [index, step] of steps.entries()) {
    if (step.do === 'lapse') await world.lapse(step.seconds);
    if (step.do === 'restart') await world.restart();
    if (step.do === 'lose-reply') {
      world.loseReply(step.octets);
      losing = true;
      continue;
    }
    const token = tokenOf(step, model.tokens);
    if (token && memoryOf(token, world.nowMs()) === 'fading') continue;

    const askedAtMs = world.nowMs();
    const answer = await player.play(step);
    const answeredAtMs = world.nowMs();
    const within = (atMs: number) =>
      atMs >= askedAtMs - CLOCK_SLACK_MS && atMs <= answeredAtMs + CLOCK_SLACK_MS;
    const turns = [...timesIn(answer), ...turningPoints(model)].filter(within);
    const moments = new Set([...turns, askedAtMs, answeredAtMs]);

    const expectations: Answer[] = [];
    let next: typeof model | undefined;
    for (const moment of moments) {
      const copy = moments.size > 1 ? structuredClone(model) : model;
      const expected = playOnModel(copy, names, step, moment, (player.newest()?.id.expiresAt ?? 0) * 1000);
      expectations.push(expected);
      if (!isDeepStrictEqual(answer, expected) && !(losing && isRepeat(answer, expected))) continue;
      next = copy;
      break;
    }
    if (!next) throw new Error(disagreement(steps, index, answer, expectations));
    model = next;
    told.push(`${step.do}: ${'state' in answer ? answer.state : answer.outcome}`);
    if (losing) world.keepReplies();
    losing = false;
  }
  return told;
}

/** A question whose first reply was lost is answered as asked before. */
function isRepeat(answer: Answer, expected: Answer): boolean {
  return 'repeated' in expected && isDeepStrictEqual(answer, { ...expected, repeated: true });
}

function timesIn(answer: Answer): number[] {
  return Object.values(answer).filter((value) => typeof value === 'number');
}

function disagreement(
  steps: readonly Step[],
  index: number,
  answer: Answer,
  expectations: readonly Answer[],
): string {
  const expected = [...new Set(expectations.map((each) => JSON.stringify(each)))].join(' or ');
  const story = steps.slice(0, index + 1).map((step, number) => `  ${number}. ${JSON.stringify(step)}`);
  return [`step ${index} answered ${JSON.stringify(answer)}, the model says ${expected}`, ...story].join(
    '\n',
  );
}
