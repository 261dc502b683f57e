import { instanceFaults } from '../kinds/process.ts';
import { askAgain, tryAtEvery } from '../support/ask-again.ts';
import { type ChaosClients, startChaosClients } from '../support/chaos-clients.ts';
import {
  openInstance,
  openNaiveInstance,
  type RestartableInstance,
  restartable,
} from '../support/instances.ts';
import { type Pressure, pressOn } from '../support/pressure.ts';
import { collectedTwice, doubles, revived, unsettled } from '../support/promises.ts';
import { type SeededRandom, seededRandom } from '../support/random.ts';
import { redeemsFresh } from '../support/recover.ts';
import { acknowledge, mintReserve, type Reserve } from '../support/reserve.ts';
import { describeTokens, isBarred, type TriedToken } from '../support/token.ts';
import { pause, Workload } from '../support/workload.ts';
import { nameOf, type Pair, UnknownFaultError } from './pair.ts';
import type { PairReport } from './report.ts';
import type { Seat, Stage } from './stage.ts';
import { Strikes } from './strikes.ts';

const HOUR_SECONDS = 3600;
const LATE_SECONDS = 20;
const LIFETIMES = [200, 320, 600, HOUR_SECONDS];
const CLIENTS = 6;
const MOST_TOKENS = 160;
/** How long a step of a pair lets clients work before the next, whether they have their answers or not. */
const STEP_MS = 150;
const PATIENCE_MS = 15_000;
const TIMEOUT_MS = 250;
const NAIVE_TOKENS = 12;

/** One pair of faults on a stage. Resolves to what was found, also when that is a failure. */
export async function tryPair(stage: Stage, pair: Pair, seed: number): Promise<PairReport> {
  const trial = new PairTrial(stage, pair, seed);
  try {
    return await trial.run();
  } finally {
    await trial.close();
  }
}

class PairTrial {
  readonly #stage: Stage;
  readonly #pair: Pair;
  readonly #seed: number;
  /** Of the faults: what they do hangs on the seed alone. */
  readonly #random: SeededRandom;
  readonly #ofClients: SeededRandom;
  readonly #instances: readonly RestartableInstance[];
  readonly #naiveInstances: readonly RestartableInstance[];
  readonly #workload: Workload;
  readonly #naive: Workload;
  readonly #strikes: Strikes;
  readonly #untouched = new Set<TriedToken>();
  readonly #notRecovered: string[] = [];
  readonly #underWay: Promise<unknown>[] = [];

  constructor(stage: Stage, pair: Pair, seed: number) {
    this.#stage = stage;
    this.#pair = pair;
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.#ofClients = seededRandom(seed + 1);
    const open = ({ name, target }: Seat) =>
      restartable(() => openInstance(name, target, { timeoutMs: TIMEOUT_MS }));
    this.#instances = stage.seats.map(open);
    this.#naiveInstances = stage.naiveSeats.map(({ name, target }) =>
      restartable(() => openNaiveInstance(name, target)),
    );
    this.#workload = new Workload(
      this.#instances,
      this.#instances.filter((_, index) => stage.seats[index]?.serves),
    );
    this.#naive = new Workload(this.#naiveInstances);
    this.#strikes = new Strikes({
      random: this.#random,
      hearsay: this.#workload.hearsay,
      everybodyHasHeard: () => this.#everybodyHasHeard(),
    });
  }

  async run(): Promise<PairReport> {
    const began = performance.now();
    const steps = this.#steps();
    // A program without this handler ends.
    const ends = (reason: unknown) => this.#notRecovered.push(`the process ends: ${messageOf(reason)}`);
    process.on('unhandledRejection', ends);
    try {
      await this.#suffer(steps);
    } catch (error) {
      this.#notRecovered.push(messageOf(error));
    } finally {
      process.off('unhandledRejection', ends);
    }
    return this.#report(performance.now() - began);
  }

  async #suffer(steps: readonly (() => Promise<void>)[]): Promise<void> {
    for (const instance of this.#workload.serving) await this.#workload.surelyListen(instance);
    const reserves: Reserve[] = [];
    const limited = this.#ofClients.next() < 0.7;
    for (let reserve = 0; reserve < steps.length + 2; reserve++) {
      reserves.push(await mintReserve(this.#workload, this.#ofClients, { lifetimes: LIFETIMES, limited }));
    }
    for (const token of reserves.flatMap(({ tokens }) => tokens)) this.#untouched.add(token);
    const naiveTokens = await this.#spendNaively();
    if (limited) await this.#acknowledge(reserves.pop());

    const clients = startChaosClients(this.#workload, this.#ofClients, {
      clients: CLIENTS,
      sweepers: 1,
      mayTouch: (token) => !this.#untouched.has(token),
      mostTokens: MOST_TOKENS,
    });
    const naivePressure = pressOn(this.#naive, naiveTokens, 2);
    try {
      for (const step of steps) {
        await step();
        await this.#acknowledge(reserves.pop());
      }
      await this.#end(clients, naivePressure);
    } finally {
      await Promise.all([clients.stop(), naivePressure.stop(), ...this.#underWay]);
    }
    if (this.#notRecovered.length === 0) await this.#askAgainNowAndLater(reserves);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#instances, ...this.#naiveInstances].map((instance) => instance.stop()));
  }

  #steps(): readonly (() => Promise<void>)[] {
    const { first, second, timing } = this.#pair;
    const named = (name: string) => {
      const faults = [
        ...this.#stage.faults(),
        ...instanceFaults(this.#instances, (instance) => this.#workload.hearsay.restarted(instance)),
      ];
      const fault = faults.find((each) => each.name === name);
      if (!fault) throw new UnknownFaultError(`no fault is named ${name}`);
      return fault;
    };
    return this.#strikes.steps(named(first), named(second), timing);
  }

  /** Has the reserve acknowledged, and some of it touched by everybody from then on; and lets everybody listen. */
  async #acknowledge(reserve: Reserve | undefined): Promise<void> {
    const asked = reserve ? acknowledge(this.#workload, reserve, this.#ofClients) : Promise.resolve();
    const listened = this.#workload.instances.map((instance) => this.#workload.listen(instance));
    this.#underWay.push(asked, ...listened);
    await Promise.race([Promise.all([asked, ...listened]), pause(STEP_MS)]);
    for (const token of reserve?.tokens ?? []) {
      if (this.#ofClients.next() < 0.5) this.#untouched.delete(token);
    }
    await pause(this.#ofClients.whole(0, STEP_MS / 3));
  }

  /** Everything is put right, and the instances are left to find that out by themselves. */
  async #end(clients: ChaosClients, naivePressure: Pressure): Promise<void> {
    for (const instance of this.#instances) if (!instance.isRunning()) instance.start();
    try {
      await this.#stage.heal();
    } catch (error) {
      this.#notRecovered.push(`the servers: ${messageOf(error)}`);
    }
    const overAtMs = this.#strikes.overAtMs();
    if (overAtMs > this.#nowMs()) this.#stage.goOnTo(overAtMs / 1000 + 1);
    this.#strikes.isOneMemoryAgain();
    if (this.#notRecovered.length > 0) return;
    await Promise.all([clients.stop(), naivePressure.stop()]);
    await Promise.all(
      this.#workload.serving.map(async (instance) => {
        if (await redeemsFresh(this.#workload, instance, PATIENCE_MS)) return;
        this.#notRecovered.push(instance.name);
      }),
    );
  }

  async #askAgainNowAndLater(reserves: readonly Reserve[]): Promise<void> {
    for (const reserve of reserves) await this.#acknowledge(reserve);
    await Promise.all(this.#underWay);
    await Promise.all([askAgain(this.#workload, this.#workload.tokens), this.#tryNaively()]);
    for (const lateSeconds of this.#lateMoments()) {
      this.#stage.goOnTo(lateSeconds);
      const lasting = this.#workload.tokens.filter(({ id }) => id.expiresAt > lateSeconds);
      await tryAtEvery(this.#workload, lasting);
    }
    await this.#workload.collectEverywhere(this.#workload.tokens);
  }

  /** Of Redis, as far as an instance knows it. */
  #nowMs(): number {
    return this.#workload.serving[0]?.ledger.nowMs() ?? 0;
  }

  /**
   * Shortly before the first of the tokens for an hour expires, and shortly before the last does: the last moments
   * at which what barred them might be forgotten too early.
   */
  #lateMoments(): readonly number[] {
    const nowSeconds = this.#nowMs() / 1000;
    const ends = this.#workload.tokens
      .filter((token) => token.id.expiresAt - token.id.issuedAt === HOUR_SECONDS && isBarred(token))
      .map(({ id }) => id.expiresAt - LATE_SECONDS)
      .filter((end) => end > nowSeconds);
    return ends.length > 0 ? [...new Set([Math.min(...ends), Math.max(...ends)])] : [];
  }

  /** Something changes in every shard, and every instance that gets answers hears of it. */
  async #everybodyHasHeard(): Promise<boolean> {
    const { serving, instances } = this.#workload;
    for (const shard of [0, 1, 2, 3]) {
      const instance = this.#ofClients.pick(serving);
      const token = await this.#workload.mint(instance, { subject: `subject-${shard}` });
      if (!token || (await this.#workload.redeem(token, { instance })) !== 'burned') return false;
    }
    const heard = await Promise.all(instances.map((instance) => this.#workload.listen(instance)));
    return instances.every((instance, index) => heard[index] || !serving.includes(instance));
  }

  async #spendNaively(): Promise<readonly TriedToken[]> {
    const tokens = await this.#naive.mintMany(NAIVE_TOKENS);
    await Promise.all(
      tokens
        .slice(NAIVE_TOKENS / 3)
        .map((token, index) =>
          index % 3 === 0 ? this.#naive.surelyRevoke(token) : this.#naive.redeemSurely(token),
        ),
    );
    return tokens;
  }

  /** Once each: nothing makes a naive ledger come back from a connection whose replies are out of step. */
  async #tryNaively(): Promise<void> {
    for (const instance of this.#naive.instances) {
      await Promise.all(this.#naive.tokens.map((token) => this.#naive.redeem(token, { instance })));
    }
  }

  #report(milliseconds: number): PairReport {
    const { tokens, tries, hearsay } = this.#workload;
    const found = {
      tooOften: doubles(tokens),
      afterRevocation: revived(tokens, hearsay.isOnTheOtherSide),
      unsettled: unsettled(tokens),
    };
    const twice = collectedTwice(tokens);
    const broken = [...new Set(Object.values(found).flat())];
    const naiveReplays = new Set([...doubles(this.#naive.tokens), ...revived(this.#naive.tokens)]);
    const hasFailed = broken.length > 0 || twice > 0 || this.#notRecovered.length > 0;
    return {
      pair: nameOf(this.#pair),
      seed: this.#seed,
      milliseconds: Math.round(milliseconds),
      tokens: tokens.length,
      tries,
      tooOften: found.tooOften.length,
      afterRevocation: found.afterRevocation.length,
      unsettled: found.unsettled.length,
      collectedTwice: twice,
      notRecovered: this.#notRecovered,
      couldNot: this.#strikes.couldNot,
      naiveTokens: this.#naive.tokens.length,
      naiveReplays: naiveReplays.size,
      ...(hasFailed ? { story: [...this.#strikes.story, describeTokens(broken)].join('\n') } : {}),
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
