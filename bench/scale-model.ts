import type { Report } from './report.ts';
import { MOST_SHARDS } from './slots.ts';

/** What the tables of docs/scale.md are made from: medians of one kept run. */
export interface Inputs {
  readonly version: string;
  /** Microseconds of CPU of the service, and of Redis, for one mint and for one redemption. */
  readonly mintUs: number;
  readonly redeemUs: number;
  readonly redisMintUs: number;
  readonly redisRedeemUs: number;
  /** How much more the masters of a Cluster work for a burn than one does. */
  readonly clusterFactor: number;
  readonly scriptUs: number;
  readonly bytesPerBurn: number;
  /** What four workers carry of four times what one does. */
  readonly workersShare: number;
}

/** A lookup that says what is missing: a kept run that lacks a part cannot be used. */
export function inputsOf(report: Report): Inputs {
  const row = (part: string, name: RegExp) => {
    const found = report.parts[part]?.findLast((each) => name.test(each.name));
    if (!found) throw new Error(`the run of ${report.version} has no ${name} in its part ${part}`);
    return found;
  };
  const figure = (part: string, name: RegExp, what: string) =>
    row(part, name).figures[what]?.median ?? Number.NaN;
  const ratio = (part: string, name: RegExp, what: string) =>
    row(part, name).ratios[what]?.median ?? Number.NaN;
  return {
    version: report.version,
    mintUs: figure('contenders', /^mint, service$/, 'CPU us'),
    redeemUs: figure('contenders', /^redeem, service$/, 'CPU us'),
    redisMintUs: figure('contenders', /^mint, service$/, 'Redis us'),
    redisRedeemUs: figure('contenders', /^redeem, service$/, 'Redis us'),
    clusterFactor: ratio('cluster', /^3 masters, 64 shards$/, 'Redis us of all masters'),
    scriptUs: figure('script', /^burn, with its record$/, 'script us'),
    bytesPerBurn: figure(report.parts.growth ? 'growth' : 'bytes', /^ledger, at/, 'bytes each'),
    workersShare: ratio('workers', /^4 workers$/, 'requests per CPU second of the busiest process') / 4,
  };
}

/** Of the largest rate that a process could carry, what it is given: the load at which latencies are measured. */
export const LOAD = 0.5;
export const LIFETIME_SECONDS = 900;
/** How long a bucket is kept after its tokens have expired. */
export const REMEMBERED_SECONDS = 600;
export const WORKERS = 4;

/** What a rate of redemptions takes, with as many mints. */
export interface Needed {
  readonly perSecond: number;
  readonly instances: number;
  /** Ledgers of their own, each with a Cluster and an issuer of its own: more than 1 if 256 shards are not enough. */
  readonly ledgers: number;
  /** Of each ledger. */
  readonly masters: number;
  readonly shards: number;
  /** Of each master, for burns. */
  readonly gigabytes: number;
}

export function needed(perSecond: number, inputs: Inputs): Needed {
  const serviceCores = (perSecond * (inputs.mintUs + inputs.redeemUs)) / 1e6 / LOAD;
  const instances = Math.ceil(serviceCores / (WORKERS * inputs.workersShare));
  const fitting = (rate: number) => {
    const sizes = Array.from({ length: MOST_SHARDS }, (_, index) => index + 1);
    for (const masters of sizes) {
      const shards = shardsFor(masters);
      const busiest = rate * shareOfFullest(masters, shards);
      if (busiest * redisUs(masters, inputs) <= LOAD * 1e6) return { masters, shards };
    }
    return undefined;
  };
  for (let ledgers = 1; ; ledgers++) {
    const rate = perSecond / ledgers;
    const found = fitting(rate);
    if (!found) continue;
    const { masters, shards } = found;
    const remembered = LIFETIME_SECONDS + REMEMBERED_SECONDS;
    const bytes = rate * shareOfFullest(masters, shards) * remembered * inputs.bytesPerBurn;
    return { perSecond, instances, ledgers, masters, shards, gigabytes: bytes / 1e9 };
  }
}

/** Of all tokens, those of the master with the most shards, if the slots are placed by hand. */
export function shareOfFullest(masters: number, shards: number): number {
  return Math.ceil(shards / masters) / shards;
}

/** Redis's CPU for a mint and a redemption together. */
export function redisUs(masters: number, { redisMintUs, redisRedeemUs, clusterFactor }: Inputs): number {
  return (redisMintUs + redisRedeemUs) * (masters > 1 ? clusterFactor : 1);
}

/** The default while one master is enough; sixteen for each master, so that none has many more than another. */
export function shardsFor(masters: number): number {
  return masters === 1 ? 4 : Math.min(MOST_SHARDS, 16 * masters);
}
