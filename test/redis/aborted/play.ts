import type { Tampering } from '../../support/tampered-scripts.ts';
import type { Blow } from './blows.ts';
import { type Clock, startClock } from './clock.ts';
import type { Memory } from './memory.ts';
import * as ask from './questions.ts';
import { REVOKED_KEY } from './states.ts';
import { intrusions, intrusionsSince, newcomers, releases } from './strangers.ts';
import type { Template } from './template.ts';
import type { Verb } from './verbs.ts';
import { type Answer, NO_ANSWER, type World } from './world.ts';

/** What a ledger has been through before anything goes wrong. */
export interface Stage {
  readonly name: string;
  readonly template: Template;
  /** What befalls every script on it. */
  readonly always: Tampering;
  /** Nothing that was minted before may be redeemed on it. */
  readonly isVoid: boolean;
  /** Most questions get the same answer on it, or none. */
  readonly isQuiet: boolean;
  /** What the memory was left like by questions without an answer, as far as everybody has asked it then. */
  readonly judged: Set<string>;
}

export interface Act {
  readonly verb: Verb;
  /** What the clock says meanwhile, after zero. */
  readonly atSeconds: number;
  readonly blow: Blow;
}

export interface Outcome {
  readonly answer: Answer;
  /** What the same attempt would be told if it asked again, unless nothing was written at all. */
  readonly retry?: Answer | undefined;
  /** Whether a token of before could still be redeemed, if that was asked. */
  readonly goesOn?: boolean | undefined;
  readonly wrong: readonly string[];
  /** How many changes the acts have recorded, and how many they have counted; undefined if the epoch has ended. */
  readonly records: number;
  readonly changes: number | undefined;
}

interface Scene {
  readonly stage: Stage;
  readonly memory: Memory;
  readonly world: World;
  readonly clock: Clock;
}

/** Plays the acts, one after the other, and then asks everything that anybody may ask. */
export async function play(stage: Stage, memory: Memory, acts: readonly Act[]): Promise<Outcome> {
  const { template } = stage;
  await memory.become(template.memory);
  const world = template.world.copy();
  if (stage.isVoid) world.bar(world.tokens.keys());
  const scene = { stage, memory, world, clock: startClock() };
  const wrong: string[] = [];
  let last = acts[0];
  let answer: Answer = { outcome: 'nothing was asked' };
  let askAgain = async () => answer;
  for (const act of acts) {
    last = act;
    ({ answer, askAgain } = await perform(scene, act));
    wrong.push(...world.hear(answer));
  }
  const [fingerprint, { records, epoch, changes }] = [await memory.fingerprint(), await memory.booked()];
  const before = template.booked;
  const booked = {
    records: records - before.records,
    changes: epoch === before.epoch ? changes - before.changes : undefined,
  };
  if (!last) return { answer, wrong, ...booked };
  if (fingerprint === template.fingerprint)
    return { answer, wrong: [...wrong, ...(await denials(scene, answer))], ...booked };
  const state = answer.outcome === NO_ANSWER ? `${fingerprint} ${last.atSeconds}` : undefined;
  const isKnown = state !== undefined && stage.judged.has(state);
  const after = await aftermath(scene, last, askAgain, isKnown);
  if (state !== undefined) stage.judged.add(state);
  return { ...after, ...booked, answer, wrong: [...new Set([...wrong, ...after.wrong])] };
}

/** The answer, and what the same instance would be told if it asked again. */
async function perform(scene: Scene, { verb, atSeconds, blow }: Act) {
  const { stage, memory, world, clock } = scene;
  const clean = { ...stage.always, clockSeconds: clock(atSeconds) };
  let befalls: (script: number) => Tampering = () => clean;
  let scripts = 0;
  const instance = memory.instance((script) => {
    scripts = script;
    return befalls(script);
  });
  const ask = () => verb.question('first', atSeconds)(instance, world);
  await verb.prepare?.(instance, memory);
  const struck = scripts + (blow.isLasting ? 1 : (verb.script ?? 1));
  befalls = (script) => (script < struck ? clean : { ...clean, ...blow.tampering });
  await blow.before?.(memory);
  const answer = await ask();
  await blow.after?.(memory);
  // What ends an epoch asks until it has ended, so this cannot be tried dry.
  befalls = () => ({ ...clean, dry: verb.prepare === undefined });
  return { answer, askAgain: ask };
}

/** Nothing was written: what was answered must hold all the same. */
async function denials(scene: Scene, { outcome }: Answer): Promise<readonly string[]> {
  if (outcome === NO_ANSWER) return [];
  const { world, stage } = scene;
  for (const answer of await askAll(scene, 0, releases(world))) world.hear(answer);
  const intruders = intrusionsSince(stage.template.world, world, 'afterwards');
  const answers = await askAll(scene, 0, intruders, { dry: true });
  return answers.flatMap((answer) => world.suppose(answer));
}

/** The clock goes on and back, the ledger is thawed, and everybody asks; or only who asks about this verb. */
async function aftermath(
  scene: Scene,
  { verb, atSeconds, blow }: Act,
  askAgain: () => Promise<Answer>,
  isKnown: boolean,
) {
  const { world, stage } = scene;
  const { deposits } = stage.template;
  const wrong: string[] = [];
  const wouldBe = async (seconds: number, questions: readonly ask.Question[]) => {
    const answers = await askAll(scene, seconds, questions, { dry: true });
    wrong.push(...answers.flatMap((answer) => world.suppose(answer)));
    return answers;
  };
  const is = async (seconds: number, questions: readonly ask.Question[]) => {
    const answers = await askAll(scene, seconds, questions);
    wrong.push(...answers.flatMap((answer) => world.hear(answer)));
    return answers;
  };

  if (!isKnown) await wouldBe(0, intrusions(world, deposits, 'just after'));
  const retry = await askAgain();
  wrong.push(...world.suppose(retry));
  const [again, another] = [verb.question('first', atSeconds), verb.question('second', atSeconds)];
  await is(atSeconds, [ask.living('anybody'), again, another, ask.thaw(), ask.thaw(ask.OTHER_TICKET)]);
  if (isKnown) {
    await wouldBe(0, intrusionsSince(stage.template.world, world, 'later'));
    return { retry, wrong };
  }
  await wouldBe(0, intrusions(world, deposits, 'later'));
  await is(0, releases(world));
  const granted = await is(0, newcomers(world, 'at last'));
  const goesOn = granted.some(({ outcome }) => outcome === 'burned');
  const last = [ask.mintAndBurn(REVOKED_KEY), ask.mintAndBurn()];
  const [underRevoked, fresh] = (await is(0, [...newcomers(world, 'after that'), ...last])).slice(
    -last.length,
  );
  await wouldBe(0, intrusionsSince(stage.template.world, world, 'in the end'));
  if (fresh?.outcome !== (blow.isForGood ? NO_ANSWER : 'burned')) {
    wrong.push(`a new token: ${fresh?.outcome} ${fresh?.cause ?? ''}`);
  }
  if (!blow.forgetsKeys && !['revoked', NO_ANSWER].includes(underRevoked?.outcome ?? '')) {
    wrong.push(`a new token under a revoked key: ${underRevoked?.outcome}`);
  }
  return { retry, goesOn, wrong };
}

/** All are on their way before the first answer comes: whoever asks has heard of nothing. */
function askAll(
  { memory, stage, clock, world }: Scene,
  atSeconds: number,
  questions: readonly ask.Question[],
  tampering: Tampering = {},
): Promise<readonly Answer[]> {
  const all = { ...stage.always, ...tampering, clockSeconds: clock(atSeconds) };
  const instance = memory.instance(() => all);
  return Promise.all(questions.map((question) => question(instance, world)));
}
