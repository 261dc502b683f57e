import { type SeededRandom, seededRandom } from '../support/random.ts';
import { allPairs, type Pair } from './pair.ts';
import type { PairReport } from './report.ts';
import { STAGES, type Stage, type StageName } from './stage.ts';
import { tryPair } from './trial.ts';

/** Faults of instances, which every stage has. */
const OF_INSTANCES = [{ name: 'instances-restarted', begin: async () => {}, end: async () => {} }];

/** A stage that is used again as long as it can be put right, and started anew when it cannot. */
export class LastingStage {
  readonly #name: StageName;
  #stage: Stage | undefined;

  constructor(name: StageName) {
    this.#name = name;
  }

  async pairs(): Promise<readonly Pair[]> {
    return allPairs([...(await this.#started()).faults(), ...OF_INSTANCES]);
  }

  async tryPair(pair: Pair, seed: number): Promise<PairReport> {
    const stage = await this.#renewed(seededRandom(seed));
    const report = await tryPair(stage, pair, seed);
    if (report.notRecovered.length > 0) await this.close();
    return { topology: this.#name, ...report };
  }

  async close(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    await stage?.close();
  }

  async #started(): Promise<Stage> {
    this.#stage ??= await STAGES[this.#name]();
    return this.#stage;
  }

  async #renewed(random: SeededRandom): Promise<Stage> {
    try {
      const stage = await this.#started();
      await stage.renew(random);
      return stage;
    } catch {
      await this.close();
      const stage = await this.#started();
      await stage.renew(random);
      return stage;
    }
  }
}
