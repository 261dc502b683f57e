import { CUT } from '../../support/tampered-scripts.ts';
import { cutAfter } from './blows.ts';
import type { Memory } from './memory.ts';
import { type Act, type Outcome, play, type Stage } from './play.ts';
import type { Verb } from './verbs.ts';
import { NO_ANSWER } from './world.ts';

/** Holds are over then, one minute is forgotten, and the clock can go back without ending the epoch. */
const LITTLE_SECONDS = 700;
/** How far the clock is ahead while a script is aborted. Afterwards it goes back. */
export const CLOCKS = [0, LITTLE_SECONDS, 900, 1200, 7300, -7300] as const;

/** What a retry may be told instead of what the whole script says: the epoch has ended, and what was in it. */
const COST_AN_EPOCH = new Set(['void', 'gone']);

/** One verb at one time. */
export interface Job {
  readonly stage: Stage;
  readonly verb: Verb;
  readonly atSeconds: number;
}

export interface Cut extends Job {
  readonly after: number;
  readonly outcome: Outcome;
}

/** Cuts a verb after its first command, after its second, and so on, until it runs whole. */
export async function cutEverywhere(memory: Memory, job: Job): Promise<readonly Cut[]> {
  const cuts: Cut[] = [];
  for (let after = 0; ; after++) {
    const outcome = await play(job.stage, memory, [actOf({ ...job, after })]);
    if (!outcome.answer.cause?.startsWith(CUT)) return [...cuts, { ...job, after, outcome }];
    cuts.push({ ...job, after, outcome });
  }
}

export function actOf({ verb, atSeconds, after }: Omit<Cut, 'outcome' | 'stage'>): Act {
  return { verb, atSeconds, blow: cutAfter(after) };
}

/** What is wrong with the cuts of one verb, the last of which ran whole. */
export function holesOf(cuts: readonly Cut[]): readonly string[] {
  const whole = cuts.at(-1);
  return cuts.flatMap((cut) => {
    const wrong = [...cut.outcome.wrong, ...(whole ? costsOf(cut, whole) : [])];
    return wrong.length === 0 ? [] : [describeHole(cut.stage, [actOf(cut)], wrong)];
  });
}

/** What a cut takes away besides the epoch; or the whole script, anything at all. */
function costsOf(cut: Cut, whole: Cut): readonly string[] {
  const { answer, retry, goesOn } = cut.outcome;
  const { verb, stage, atSeconds } = cut;
  const told = whole.outcome.answer.outcome;
  const costs = booksOf(cut, whole);
  if (retry && retry.outcome !== told && !verb.retries?.includes(retry.outcome)) {
    if (cut === whole || !COST_AN_EPOCH.has(retry.outcome))
      costs.push(`asked again: ${retry.outcome}, whole: ${told}`);
  }
  if (cut !== whole) return costs;
  if (answer.outcome === NO_ANSWER && !answer.cause?.startsWith('FROZEN'))
    costs.push(`no answer: ${answer.cause}`);
  // Later, keys end when they are looked at, and the clock goes back so far that the epoch ends.
  if (retry && verb.isLook && atSeconds <= 0) costs.push('wrote something');
  const isCalm = !stage.isQuiet && !verb.prepare && atSeconds >= 0 && atSeconds <= LITTLE_SECONDS;
  if (isCalm && goesOn === false) costs.push('ended the epoch');
  return costs;
}

/** A decision is recorded before it is counted, and never more than once. */
function booksOf({ outcome, verb }: Cut, { outcome: whole }: Cut): string[] {
  if (verb.prepare || whole.changes === undefined) return [];
  const { records, changes = 0 } = outcome;
  if (records > whole.records) return [`recorded ${records} changes, whole: ${whole.records}`];
  if (changes > 0 && records < whole.records)
    return [`counted, with ${records} records, whole: ${whole.records}`];
  return [];
}

export function describeHole({ name }: Stage, acts: readonly Act[], wrong: readonly string[]): string {
  const story = acts.map(({ verb, atSeconds, blow }) => `${verb.name} at ${atSeconds} s, ${blow.name}`);
  return `${name} ledger: ${story.join('; then ')}:\n    ${wrong.join('\n    ')}`;
}

/** How a job is called in what is found. */
export function nameOf({ stage, verb, atSeconds }: Job): string {
  return `${stage.name} ledger, ${verb.name} at ${atSeconds} s`;
}

/** The same, whatever it is about; and whenever it is, of a ledger that answers hardly anybody. */
export function kindOf(job: Job): string {
  const kind = nameOf(job).replace(/:.*(?= at )/, '');
  return job.stage.isQuiet ? kind.replace(/ at .*/, '') : kind;
}
