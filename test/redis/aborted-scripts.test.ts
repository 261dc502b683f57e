import { expect } from 'chai';
import { Redis } from 'ioredis';
import { seededRandom } from '../faults/support/random.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import {
  cutAfter,
  deleted,
  fullMemory,
  inPlaceOf,
  lostWithCount,
  moved,
  replaced,
  thenLosing,
} from './aborted/blows.ts';
import {
  CLOCKS,
  type Cut,
  cutEverywhere,
  describeHole,
  holesOf,
  type Job,
  kindOf,
  nameOf,
} from './aborted/cuts.ts';
import { type Ending, killedAfter } from './aborted/killed.ts';
import { type Memory, openMemory } from './aborted/memory.ts';
import { PLACES } from './aborted/mutants.ts';
import { type Act, play, type Stage } from './aborted/play.ts';
import { oneOfEach, onesAndTwos, some } from './aborted/samples.ts';
import { DATABASES, makeStages } from './aborted/stages.ts';
import { verbsOf } from './aborted/verbs.ts';
import { NO_ANSWER } from './aborted/world.ts';

/** With CUTS=all everything is tried, for as long as it takes; else a sample. */
const IS_ALL = process.env.CUTS === 'all';
const SEED = Number(process.env.SEED ?? 1);
const LANES = 8;

interface Scene {
  readonly stage: Stage;
  readonly acts: readonly Act[];
}

describe(`a script that is aborted (CUTS=${process.env.CUTS ?? 'some'} SEED=${SEED})`, function () {
  this.timeout(IS_ALL ? 0 : PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let random = seededRandom(SEED);
  let killer: Redis;
  let lanes: readonly Memory[];
  let jobs: readonly Job[];
  let cutting: Promise<readonly (readonly Cut[])[]> | undefined;

  before(async () => {
    const redis = await startRedis([
      ...['--databases', String(DATABASES + LANES)],
      ...['--busy-reply-threshold', '1'],
    ]);
    onClose(redis.close);
    const open = async (database: number) => {
      const memory = await openMemory(redis, database);
      onClose(memory.close);
      return memory;
    };
    lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => open(DATABASES + lane)));
    killer = new Redis(redis.url);
    onClose(() => killer.disconnect());
    await killer.ping();
    const stages = await makeStages(open);
    jobs = stages.flatMap((stage) =>
      verbsOf(stage.template).flatMap((verb) => CLOCKS.map((atSeconds) => ({ stage, verb, atSeconds }))),
    );
  });

  function laneNumber(number: number): Memory {
    const lane = lanes[number];
    if (!lane) throw new Error('no such lane');
    return lane;
  }

  beforeEach(() => {
    random = seededRandom(SEED);
  });

  const sample = <T>(all: readonly T[], most: number) => (IS_ALL ? all : some(all, most, random));
  /** A few of the kinds, one of each. */
  const sampleOfEach = (all: readonly Job[]) => {
    if (IS_ALL) return all;
    const kinds = oneOfEach(all, kindOf, seededRandom(SEED));
    return some(kinds, Math.ceil(kinds.length / 80), seededRandom(SEED));
  };
  const keysOfShard = async () => (await jobs[0]?.stage.template.memory.keys()) ?? [];
  const openJobs = () => jobs.filter(({ stage }) => stage === jobs[0]?.stage);

  async function inLanes<T>(all: Iterable<T>, work: (memory: Memory, each: T) => Promise<void>) {
    const waiting = all[Symbol.iterator]();
    await Promise.all(
      lanes.map(async (memory) => {
        for (let next = waiting.next(); !next.done; next = waiting.next()) await work(memory, next.value);
      }),
    );
  }

  async function expectNoHoles(scenes: Iterable<Scene>, onlyLane?: Memory): Promise<void> {
    const holes: string[] = [];
    const playOne = async (memory: Memory, { stage, acts }: Scene) => {
      const { wrong } = await play(stage, memory, acts);
      if (wrong.length > 0) holes.push(describeHole(stage, acts, wrong));
    };
    if (onlyLane) for (const scene of scenes) await playOne(onlyLane, scene);
    else await inLanes(scenes, playOne);
    expectNone(holes);
  }

  /** The cuts of each verb, made once for all tests. */
  function cutAll(): Promise<readonly (readonly Cut[])[]> {
    const cuts: (readonly Cut[])[] = [];
    cutting ??= inLanes(sampleOfEach(jobs).entries(), async (memory, [place, job]) => {
      cuts[place] = await cutEverywhere(memory, job);
    }).then(() => cuts);
    return cutting;
  }

  /** Those that left something behind. */
  const tellingCuts = async () =>
    (await cutAll()).flat().filter(({ outcome }) => outcome.retry !== undefined);

  /** One cut for each state in which they leave the memory, as far as it can be told from outside. */
  const statesLeft = async () =>
    oneOfEach(await tellingCuts(), (cut) => `${kindOf(cut)} ${cut.after}`, random);

  it('at any command, in any state and at any time, lets nobody in who may not', async () => {
    const cuts = await cutAll();
    expectNone(cuts.flatMap(holesOf));
    expect((await tellingCuts()).length).to.be.greaterThan(IS_ALL ? 1000 : 5);
  });

  it('because some of its keys have moved does not either', async () => {
    const keys = await keysOfShard();
    const buckets = keys.filter((key) => /:[bs]:/.test(key));
    const others = keys.filter((key) => !buckets.includes(key)).map((key) => [key]);
    await expectNoHoles(
      sampleOfEach(openJobs()).flatMap(({ stage, ...job }) =>
        sample([...onesAndTwos(buckets), ...others], 2).map((some) => ({
          ...{ stage, acts: [{ ...job, blow: moved(some) }] },
        })),
      ),
    );
  });

  it('nor does a bucket that has moved keep anybody from an answer once its minute is forgotten', async () => {
    const [asking] = openJobs().filter((job) => nameOf(job) === 'an open ledger, tell the epoch at 7300 s');
    if (!asking) throw new Error('no such verb');
    const { stage, ...job } = asking;
    for (const key of (await keysOfShard()).filter((each) => /:[bs]:/.test(each))) {
      const { answer } = await play(stage, laneNumber(0), [{ ...job, blow: moved([key]) }]);
      expect(answer, key).to.include({ outcome: 'living' });
    }
  });

  it('nor two that are aborted one after the other', async () => {
    const acts = (await statesLeft()).map(({ stage, verb, atSeconds, after }) => ({
      stage,
      act: { verb, atSeconds, blow: cutAfter(after) },
    }));
    function* pairs(): Generator<Scene> {
      for (const first of sample(acts, 10)) {
        // One that prepares itself puts back what was there before the first.
        const others = acts.filter(({ stage, act }) => stage === first.stage && !act.verb.prepare);
        const seconds = oneOfEach(others, ({ stage, act }) => kindOf({ stage, ...act }), random);
        for (const { act } of sample(seconds, 1)) yield { stage: first.stage, acts: [first.act, act] };
      }
    }
    await expectNoHoles(pairs());
  });

  it('nor one after which a record is lost', async () => {
    const cuts = await statesLeft();
    function* losses(): Generator<Scene> {
      for (const { stage, verb, atSeconds, after } of sample(cuts, 10)) {
        for (const place of sample(PLACES, 1)) {
          yield { stage, acts: [{ verb, atSeconds, blow: thenLosing(cutAfter(after), place) }] };
        }
      }
    }
    await expectNoHoles(losses());
  });

  it('by memory that is full', async () => {
    const full = sampleOfEach(openJobs()).map(({ stage, ...job }) => ({
      ...{ stage, acts: [{ ...job, blow: fullMemory() }] },
    }));
    await expectNoHoles(full, laneNumber(0));
  });

  it('nor does full memory tell whether a guess was right, which it could not count', async () => {
    const guesses = openJobs().filter(({ verb }) => /^guess .*: deposit with a lock$/.test(verb.name));
    const atZero = guesses.filter(({ atSeconds }) => atSeconds === 0);
    expect(atZero).to.have.length(2);
    for (const { stage, ...job } of atZero) {
      const { answer } = await play(stage, laneNumber(0), [{ ...job, blow: fullMemory() }]);
      expect(answer, job.verb.name).to.include({ outcome: NO_ANSWER });
    }
  });

  it('by a key that is lost, or holds something else', async () => {
    const keys = await keysOfShard();
    const meta = keys.find((key) => key.endsWith(':m')) ?? '';
    const buckets = keys.filter((key) => /:[bs]:/.test(key));
    const minutes = buckets.filter((key) => key.includes(':b:'));
    const blows = [
      ...sample(keys, 7).map(replaced),
      ...sample(keys, 7).map(deleted),
      ...sample(buckets, 3).map((bucket) => lostWithCount(bucket, meta)),
      ...sample(
        onesAndTwos(minutes).flatMap(([one, other]) => (one && other ? [inPlaceOf(one, other)] : [])),
        3,
      ),
    ];
    expect(blows.length).to.be.at.least(20);
    await expectNoHoles(
      blows.flatMap((blow) =>
        sample(openJobs(), 1).map(({ stage, ...job }) => ({ stage, acts: [{ ...job, blow }] })),
      ),
    );
  });

  it('by SCRIPT KILL, which Redis refuses once something is written', async () => {
    const memory = laneNumber(0);
    const holes: string[] = [];
    // Of the others it depends on the clock whether they come to their second script.
    const single = openJobs().filter(({ verb }) => verb.script === undefined);
    for (const { stage, verb, atSeconds } of sample(sampleOfEach(single), 8)) {
      const endings: Ending[] = [];
      while (endings.at(-1) !== 'unkillable' && endings.at(-1) !== 'had no such command') {
        const blow = killedAfter(endings.length, killer);
        const act = { verb, atSeconds, blow };
        const { wrong, retry } = await play(stage, memory, [act]);
        endings.push(blow.ending());
        const all = retry && blow.ending() === 'killed' ? [...wrong, 'wrote something'] : wrong;
        if (all.length > 0) holes.push(describeHole(stage, [act], all));
      }
      expect(endings[0], verb.name).to.equal('killed');
    }
    expectNone(holes);
  });
});

function expectNone(holes: readonly string[]): void {
  expect(holes.length, `${holes.length} holes:\n${holes.slice(0, 10).join('\n')}`).to.equal(0);
}
