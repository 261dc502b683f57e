import { expect } from 'chai';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { closeInstances, openInstance, openNaiveInstance } from './instances.ts';
import { type Pressure, pressOn } from './pressure.ts';
import { reportTrial } from './report.ts';
import { describeTokens, doubles, expectNone, redemptions, revived, type TriedToken } from './token.ts';
import { type Instance, newAttempt, pause, Workload } from './workload.ts';

/**
 * What becomes of the tokens that were minted before: they work on, are void, or (where chance decides)
 * either. Where the fault moves the clock past them, they are expired.
 */
export type Epoch = 'kept' | 'lost' | 'either' | 'expired';

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
}

const HOLD_SECONDS = 290;
const CLIENTS = 10;
const PATIENCE_MS = 30_000;

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
  readonly #workload: Workload;
  readonly #naive: Workload;

  constructor(fault: Fault) {
    this.#fault = fault;
    this.#workload = this.#seat((seat, index) => openInstance(`instance ${index}`, seat.redis));
    this.#naive = this.#seat((seat, index) => openNaiveInstance(`naive ${index}`, seat.redis));
  }

  async run(): Promise<void> {
    const { name, epoch, naive, prepare, strike } = this.#fault;
    const ours = await mintEverything(this.#workload);
    const theirs = {
      ...noTokens(),
      single: await this.#naive.mintMany(90),
      revoked: await this.#naive.mintMany(10),
    };
    const [fresh, contested] = [ours.single.slice(0, 30), ours.single.slice(30, 90)];
    await prepare?.();
    const spent = await spendEverything(this.#workload, { ...ours, single: ours.single.slice(90) });
    const naiveSpent = await spendEverything(this.#naive, { ...theirs, single: theirs.single.slice(40) });
    await this.#workload.collectEverywhere(spent.used);
    expectNone(doubles(this.#workload.tokens), 'redeemed too often before the fault');

    const pressed = [...spent.used, ...contested];
    const pressures = [
      pressOn(this.#workload, pressed, CLIENTS),
      pressOn(this.#naive, [...naiveSpent.used, ...theirs.single.slice(0, 40)], CLIENTS / 2),
    ];
    try {
      await pause(20);
      await strike();
      await this.#recover(this.#workload);
      await this.#recover(this.#naive);
    } finally {
      await Promise.all(pressures.map((pressure: Pressure) => pressure.stop()));
    }

    await this.#workload.tryEverywhere(pressed);
    await this.#workload.collectEverywhere(pressed);
    await this.#naive.tryEverywhere(this.#naive.tokens);
    const unused = [...fresh, ...spent.givenBack, ...spent.oneLeft];
    for (const token of unused) await this.#expectUnused(token);
    await this.#workload.tryEverywhere(this.#workload.tokens.filter((token) => !pressed.includes(token)));

    const replays = doubles(this.#naive.tokens);
    reportTrial({
      fault: name,
      epoch: typeof epoch === 'string' ? epoch : [0, 1, 2, 3].map(epoch).join('/'),
      tokens: this.#workload.tokens.length,
      tries: this.#workload.tries,
      doubles: doubles(this.#workload.tokens).length,
      naiveTokens: this.#naive.tokens.length,
      naiveDoubles: replays.length,
    });
    expectNoneTwice(this.#workload);
    expect(this.#workload.collected().uses, 'uses that were collected').to.be.at.least(100);
    if (naive === 'replays') expect(replays.length, 'replays of the naive ledger').to.be.greaterThan(0);
    if (naive === 'holds') expectNone(replays, 'redeemed twice by the naive ledger');
  }

  close(): Promise<unknown> {
    return closeInstances([...this.#seatOf.keys()]);
  }

  #seat(open: (seat: Seat, index: number) => Instance): Workload {
    const instances = this.#fault.seats.map((seat, index) => {
      const instance = open(seat, index);
      this.#seatOf.set(instance, seat);
      return instance;
    });
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
    const began = performance.now();
    for (const instance of workload.serving) {
      for (let good = 0; good < 12; ) {
        if (performance.now() - began > PATIENCE_MS) {
          throw new Error(
            `${instance.name} redeems no fresh token: ${JSON.stringify([...workload.noAnswers])}`,
          );
        }
        const token = await workload.mint(instance);
        const outcome = token && (await workload.redeem(token, { instance }));
        if (outcome === 'burned') good++;
        else await pause(20);
      }
    }
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
    for (const outcome of outcomesAt('kept')) expect(outcome).to.be.oneOf(['burned', 'already-burned']);
    for (const outcome of outcomesAt('either'))
      expect(outcome).to.be.oneOf(['burned', 'already-burned', 'void']);
    if (outcomesAt('kept').length === 0) return;
    expect(redemptions(token).length, describeTokens([token])).to.equal(before + 1);
  }
}

interface Minted {
  readonly single: readonly TriedToken[];
  readonly several: readonly TriedToken[];
  readonly held: readonly TriedToken[];
  readonly revoked: readonly TriedToken[];
  readonly revokedSubjects: readonly string[];
  readonly limitedSubjects: readonly string[];
}

const noTokens = (): Minted => ({
  single: [],
  several: [],
  held: [],
  revoked: [],
  revokedSubjects: [],
  limitedSubjects: [],
});

async function mintEverything(workload: Workload): Promise<Minted> {
  const revokedSubjects = Array.from({ length: 8 }, (_, index) => `revoked-${index}`);
  for (const subject of revokedSubjects) await workload.mintMany(2, { subject });
  const limitedSubjects = Array.from({ length: 8 }, (_, index) => `limited-${index}`);
  for (const subject of limitedSubjects) await workload.surelyMintOnly(subject);
  return {
    single: await workload.mintMany(160),
    several: await workload.mintMany(20, { uses: 3 }),
    held: await workload.mintMany(20),
    revoked: await workload.mintMany(12),
    revokedSubjects,
    limitedSubjects,
  };
}

interface Spent {
  /** Not to be redeemed by anybody new. */
  readonly used: readonly TriedToken[];
  readonly givenBack: readonly TriedToken[];
  readonly oneLeft: readonly TriedToken[];
}

async function spendEverything(workload: Workload, minted: Minted): Promise<Spent> {
  const { single, several, held, revoked, revokedSubjects, limitedSubjects } = minted;
  for (const subject of revokedSubjects) await workload.surelyRevokeSubject(subject);
  for (const subject of limitedSubjects) await workload.surelyMintOnly(subject);
  await Promise.all(revoked.map((token) => workload.surelyRevoke(token)));
  await Promise.all(single.flatMap((token) => [workload.redeemSurely(token), workload.redeemSurely(token)]));
  for (const [index, token] of several.entries()) {
    await workload.redeemSurely(token);
    await workload.redeemSurely(token);
    if (index % 2 === 0) await workload.redeemSurely(token);
  }
  const givenBack = held.filter((_, index) => index % 2 === 0);
  for (const token of held) {
    const attempt = newAttempt();
    const outcome = await workload.redeemSurely(token, { attempt, holdSeconds: HOLD_SECONDS });
    expect(outcome).to.equal('held');
    if (givenBack.includes(token)) await workload.settleSurely(token, attempt, 'release');
  }
  const oneLeft = several.filter((_, index) => index % 2 === 1);
  const barred = workload.tokens.filter(({ barredMs }) => barredMs !== undefined);
  const used = [...single, ...several, ...held, ...barred].filter(
    (token) => !givenBack.includes(token) && !oneLeft.includes(token),
  );
  for (const token of [...single, ...several.filter((each) => !oneLeft.includes(each))]) {
    expect(redemptions(token), describeTokens([token])).to.have.length(token.id.uses);
  }
  return { used, givenBack, oneLeft };
}

export function expectNoneTwice(workload: Workload): void {
  expectNone(doubles(workload.tokens), 'redeemed more often than allowed');
  expectNone(revived(workload.tokens), 'redeemed after a revocation');
  expect(workload.collected().twice, 'uses that were collected twice').to.equal(0);
}
