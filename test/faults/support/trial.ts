import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { askAgain } from './ask-again.ts';
import { type Minted, mintEverything, noTokens, spendEverything } from './every-state.ts';
import { openInstance, openNaiveInstance, type RestartableInstance, restartable } from './instances.ts';
import { type Pressure, pressOn } from './pressure.ts';
import { doubles, expectNone, redemptions, revived, unsettled } from './promises.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { redeemsFresh } from './recover.ts';
import { reportTrial } from './report.ts';
import { acknowledge, mintReserve, type Reserve } from './reserve.ts';
import { IS_ALL } from './thorough.ts';
import { describeTokens, type TriedToken } from './token.ts';
import { withoutIdentity } from './without-identity.ts';
import { type Instance, pause, Workload } from './workload.ts';

/**
 * What becomes of the tokens that were minted before: they work on, are void, or (where chance decides)
 * either. Where the fault moves the clock past them, they are expired; where it moves it back before their
 * minting, they are early until the clock has caught up.
 */
export type Epoch = 'kept' | 'lost' | 'either' | 'expired' | 'early';

/** One instance of the service, and what is true of it after the fault. */
export interface Seat {
  readonly redis: RedisTarget;
  /** Default: as the fault's. */
  readonly epoch?: Epoch;
  /** False: after the fault it need not redeem anything; like all others it must not redeem anything twice. */
  readonly serves?: boolean;
}

export interface Fault {
  readonly name: string;
  readonly seats: readonly Seat[];
  /** Between the minting and the first redemptions: where a memory is made to lag behind. */
  readonly prepare?: () => Promise<unknown>;
  /** While clients try everything. */
  readonly strike: () => Promise<unknown>;
  readonly epoch: Epoch | ((shard: number) => Epoch);
  /** What the naive ledger does under the very same fault. */
  readonly naive: 'replays' | 'holds' | 'either';
  /**
   * All instances end before it and begin after it: none remembers how many changes it had heard of, so
   * nothing but the identity of the server shows that it forgot. Without that, the ledger has to replay.
   */
  readonly instancesRestart?: true;
  /**
   * Two memories may serve during the strike, or from it on: what one of them acknowledges cannot bind an
   * instance that has heard of nothing but the other.
   */
  readonly twoMemories?: 'meanwhile' | 'ever after';
}

const CLIENTS = 10;
/** One after the other while the fault is in force, but for the last; and those that are left afterwards. */
const RESERVES = IS_ALL ? 5 : 3;
const RESERVE_PAUSE_MS = 50;
/** Of the tokens of one use, those that nobody touches before the end, and those that nobody has before the fault. */
const [FRESH, CONTESTED] = IS_ALL ? [30, 60] : [12, 24];
const FOIL = IS_ALL ? { single: 50, revoked: 10, contested: 40 } : { single: 24, revoked: 4, contested: 20 };
const LEAST_COLLECTED = IS_ALL ? 100 : 40;

/**
 * Puts hundreds of tokens into every state, strikes while clients try all of them again and again, and
 * then asserts what the ledger promises: no token was redeemed more often than it may be, none that was
 * revoked or superseded came back, fresh tokens work by themselves, and old unused ones work or are void.
 * A naive ledger on the same servers suffers the same.
 */
export async function withstand(fault: Fault): Promise<void> {
  const trial = new Trial(fault);
  try {
    await trial.run();
  } finally {
    await trial.close();
  }
}

class Trial {
  readonly #fault: Fault;
  readonly #seatOf = new Map<Instance, Seat>();
  readonly #instances: RestartableInstance[] = [];
  readonly #workload: Workload;
  readonly #naive: Workload;
  /** Of ledgers that suffer the same, to show that the fault makes a ledger forget. */
  readonly #foils: readonly Workload[];
  readonly #unidentified: Workload | undefined;
  readonly #random: SeededRandom = seededRandom(randomInt(2 ** 31));

  constructor(fault: Fault) {
    this.#fault = fault;
    this.#workload = this.#seat((seat, index) => openInstance(`instance ${index}`, seat.redis));
    this.#naive = this.#seat((seat, index) => openNaiveInstance(`naive ${index}`, seat.redis));
    this.#unidentified = fault.instancesRestart && this.#seat(openUnidentified);
    this.#foils = [this.#naive, ...(this.#unidentified ? [this.#unidentified] : [])];
  }

  async run(): Promise<void> {
    const { name, epoch, naive, prepare } = this.#fault;
    const ours = await mintEverything(this.#workload);
    const theirs = await Promise.all(this.#foils.map(mintForFoil));
    const reserves = await Promise.all(
      Array.from({ length: RESERVES }, () => mintReserve(this.#workload, this.#random)),
    );
    const fresh = ours.single.slice(0, FRESH);
    const contested = ours.single.slice(FRESH, FRESH + CONTESTED);
    await prepare?.();
    const [spent, ...spentByFoils] = await Promise.all([
      spendEverything(this.#workload, { ...ours, single: ours.single.slice(FRESH + CONTESTED) }),
      ...theirs.map(({ foil, minted }) => spendEverything(foil, minted)),
    ]);
    await this.#workload.collectEverywhere(spent.used);
    expectNone(doubles(this.#workload.tokens), 'redeemed too often before the fault');

    const pressed = [...spent.used, ...contested];
    const pressures = [
      pressOn(this.#workload, pressed, CLIENTS),
      ...theirs.map(({ foil, contested }, index) =>
        pressOn(foil, [...(spentByFoils[index]?.used ?? []), ...contested], CLIENTS / 2),
      ),
    ];
    try {
      await pause(20);
      await this.#strikeAmid(reserves);
      await Promise.all([this.#workload, ...this.#foils].map((workload) => this.#recover(workload)));
      for (const reserve of reserves) await acknowledge(this.#workload, reserve, this.#random);
    } finally {
      await Promise.all(pressures.map((pressure: Pressure) => pressure.stop()));
    }

    await this.#workload.tryEverywhere(pressed);
    await this.#workload.collectEverywhere(pressed);
    await Promise.all(this.#foils.map((foil) => foil.tryEverywhere(foil.tokens)));
    expectNoneTwice(this.#workload);
    const unused = [...fresh, ...spent.givenBack, ...spent.oneLeft];
    await Promise.all(unused.map((token) => this.#expectUnused(token)));
    await askAgain(this.#workload, this.#workload.tokens);

    const replays = doubles(this.#naive.tokens);
    const unidentified = this.#unidentified && doubles(this.#unidentified.tokens);
    reportTrial({
      fault: name,
      epoch: typeof epoch === 'string' ? epoch : [0, 1, 2, 3].map(epoch).join('/'),
      tokens: this.#workload.tokens.length,
      tries: this.#workload.tries,
      doubles: doubles(this.#workload.tokens).length,
      revived: revived(this.#workload.tokens, this.#workload.hearsay.isOnTheOtherSide).length,
      unsettled: unsettled(this.#workload.tokens).length,
      collectedTwice: this.#workload.collected().twice,
      naiveTokens: this.#naive.tokens.length,
      naiveDoubles: replays.length,
      ...(unidentified ? { doublesWithoutIdentity: unidentified.length } : {}),
    });
    expectNoneTwice(this.#workload);
    expect(this.#workload.collected().uses, 'uses that were collected').to.be.at.least(LEAST_COLLECTED);
    if (naive === 'replays') expect(replays.length, 'replays of the naive ledger').to.be.greaterThan(0);
    if (naive === 'holds') expectNone(replays, 'redeemed twice by the naive ledger');
    if (unidentified) expect(unidentified.length, 'replays without identities').to.be.greaterThan(0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.stop()));
  }

  /** Strikes while revocations, newer tokens, commits, releases and collections are acknowledged. */
  async #strikeAmid(reserves: Reserve[]): Promise<void> {
    const { twoMemories } = this.#fault;
    const end = twoMemories && this.#workload.hearsay.twoMemories();
    let isOver = false;
    const acknowledgeInTurns = async (): Promise<void> => {
      while (!isOver && reserves.length > 1) {
        await acknowledge(this.#workload, reserves.pop() as Reserve, this.#random);
        await pause(RESERVE_PAUSE_MS);
      }
    };
    const struck = this.#strike().finally(() => {
      isOver = true;
    });
    await Promise.all([struck, acknowledgeInTurns()]);
    if (twoMemories === 'meanwhile') end?.();
  }

  async #strike(): Promise<void> {
    const { strike, instancesRestart } = this.#fault;
    const restarting = instancesRestart ? this.#instances : [];
    await Promise.all(restarting.map((instance) => instance.stop()));
    await strike();
    for (const instance of restarting) {
      instance.start();
      this.#workload.hearsay.restarted(instance.name);
    }
  }

  #seat(open: (seat: Seat, index: number) => Instance): Workload {
    const instances = this.#fault.seats.map((seat, index) => {
      const instance = restartable(() => open(seat, index));
      this.#seatOf.set(instance, seat);
      return instance;
    });
    this.#instances.push(...instances);
    return new Workload(
      instances,
      instances.filter((_, index) => this.#fault.seats[index]?.serves !== false),
    );
  }

  #epochOf(instance: Instance, { id }: TriedToken): Epoch {
    const { epoch } = this.#fault;
    return this.#seatOf.get(instance)?.epoch ?? (typeof epoch === 'function' ? epoch(id.shard) : epoch);
  }

  /** Every instance redeems fresh tokens of many subjects, by itself, within seconds. */
  async #recover(workload: Workload): Promise<void> {
    const recover = async (instance: Instance): Promise<void> => {
      if (await redeemsFresh(workload, instance)) return;
      throw new Error(`${instance.name} redeems no fresh token: ${JSON.stringify([...workload.noAnswers])}`);
    };
    await Promise.all(workload.serving.map(recover));
  }

  /** A token with one use left: one of many attempts gets it where its epoch lives, and none where it does not. */
  async #expectUnused(token: TriedToken): Promise<void> {
    const before = redemptions(token).length;
    const tries = await Promise.all(
      this.#workload.serving.flatMap((instance) =>
        [1, 2].map(async () => ({
          epoch: this.#epochOf(instance, token),
          outcome: await this.#workload.redeemSurely(token, { instance }),
        })),
      ),
    );
    const outcomesAt = (epoch: Epoch) =>
      tries.filter((each) => each.epoch === epoch).map(({ outcome }) => outcome);
    for (const outcome of outcomesAt('lost')) expect(outcome, describeTokens([token])).to.equal('void');
    for (const outcome of outcomesAt('expired')) expect(outcome, describeTokens([token])).to.equal('expired');
    for (const outcome of outcomesAt('early')) expect(outcome, describeTokens([token])).to.equal('early');
    for (const outcome of outcomesAt('kept')) expect(outcome).to.be.oneOf(['burned', 'already-burned']);
    for (const outcome of outcomesAt('either'))
      expect(outcome).to.be.oneOf(['burned', 'already-burned', 'void']);
    if (outcomesAt('kept').length === 0) return;
    expect(redemptions(token).length, describeTokens([token])).to.equal(before + 1);
  }
}

interface MintedForFoil {
  readonly foil: Workload;
  readonly minted: Minted;
  readonly contested: readonly TriedToken[];
}

/** Tokens in those states that even the naive ledger knows. */
async function mintForFoil(foil: Workload): Promise<MintedForFoil> {
  const contested = await foil.mintMany(FOIL.contested);
  const minted = {
    ...noTokens(),
    single: await foil.mintMany(FOIL.single),
    revoked: await foil.mintMany(FOIL.revoked),
  };
  return { foil, minted, contested };
}

function openUnidentified({ redis }: Seat, index: number): Instance {
  return openInstance(`unidentified ${index}`, redis, {
    namespace: 'unidentified',
    through: withoutIdentity,
  });
}

export function expectNoneTwice(workload: Workload): void {
  expectNone(doubles(workload.tokens), 'redeemed more often than allowed');
  expectNone(revived(workload.tokens, workload.hearsay.isOnTheOtherSide), 'redeemed after a revocation');
  expectNone(unsettled(workload.tokens), 'given back and had again, or burned and given back');
  expect(workload.collected().twice, 'uses that were collected twice').to.equal(0);
}
