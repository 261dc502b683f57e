import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { LimitedBy, Limits } from '../../src/limits/limit.ts';

const QUOTA = { count: 5, perSeconds: 60 };

export function newShare(more: Partial<LimitedBy> = {}): LimitedBy {
  return { limit: 'mint-per-subject', quota: QUOTA, key: randomUUID(), ...more };
}

/** How many of so many, asked at once at these limits in turn, were allowed. */
export async function allowedOf(many: number, by: LimitedBy, ...all: readonly Limits[]): Promise<number> {
  const asked = Array.from({ length: many }, (_, index) => all[index % all.length]?.take(by));
  const taken = await Promise.all(asked);
  return taken.filter((each) => each?.allowed).length;
}

/** What every counter promises. Each adapter's test file runs it on the real thing. */
export function limitsContract(open: () => Limits): void {
  describe('keeps the contract of limits:', () => {
    let limits: Limits;
    before(() => {
      limits = open();
    });

    it('allows as many as the quota has, and tells when to try again', async () => {
      const by = newShare();
      for (let taken = 0; taken < QUOTA.count; taken++) {
        expect(await limits.take(by)).to.deep.equal({ allowed: true });
      }
      const refused = await limits.take(by);
      expect(refused).to.include({ allowed: false, isFirst: true });
      expect(refused).to.have.property('retryAfterSeconds').that.is.within(1, QUOTA.perSeconds);
      expect(await limits.take(by)).to.include({ allowed: false, isFirst: false });
    });

    it('allows exactly the quota of 200 that race', async () => {
      for (let round = 0; round < 5; round++) {
        expect(await allowedOf(200, newShare(), limits)).to.equal(QUOTA.count);
      }
    });

    it('counts every key, limit and window for itself', async () => {
      const by = newShare();
      expect(await allowedOf(10, by, limits)).to.equal(5);
      expect(await allowedOf(10, newShare(), limits)).to.equal(5);
      expect(await allowedOf(10, newShare({ key: by.key, limit: 'link-per-address' }), limits)).to.equal(5);
      const short = newShare({ quota: { count: 2, perSeconds: 1 } });
      expect(await allowedOf(4, short, limits)).to.equal(2);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await allowedOf(4, short, limits)).to.equal(2);
    });

    it('counts other quotas of the same key for themselves, and lets none end the window of another', async () => {
      const by = newShare();
      const [more, shorter] = [
        { ...by, quota: { count: 8, perSeconds: 60 } },
        { ...by, quota: { count: 5, perSeconds: 1 } },
      ];
      for (const each of [by, more, shorter]) {
        expect(await allowedOf(20, each, limits)).to.equal(each.quota.count);
      }
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await limits.take(by)).to.include({ allowed: false });
      expect(await limits.take(more)).to.include({ allowed: false });
      expect(await limits.take(shorter)).to.include({ allowed: true });
    });

    it('takes several at once or none, and what is refused leaves what was there', async () => {
      const by = newShare();
      expect(await limits.take(by, 3)).to.include({ allowed: true });
      expect(await limits.take(by, 3)).to.include({ allowed: false });
      expect(await limits.take(by, 1000)).to.include({ allowed: false });
      expect(await limits.take(by, 2)).to.include({ allowed: true });
      expect(await limits.take(by)).to.include({ allowed: false });
    });

    it('takes as a whole what races for several at once', async () => {
      const by = newShare();
      const taken = await Promise.all(Array.from({ length: 100 }, () => limits.take(by, 2)));
      expect(taken.filter(({ allowed }) => allowed)).to.have.length(2);
      expect(await allowedOf(10, by, limits)).to.equal(1);
    });

    it('tells once in a window that somebody is refused, however many ask at once and give back', async () => {
      const by = newShare();
      let first = 0;
      for (let round = 0; round < 3; round++) {
        const asked = [...Array.from({ length: 20 }, () => limits.take(by)), limits.take(by, 99)];
        for (const taken of await Promise.all(asked)) if (!taken.allowed && taken.isFirst) first++;
        await limits.giveBack(by, 2);
      }
      expect(first).to.equal(1);
    });

    it('gives back no more than was taken, and nothing to a later window', async () => {
      const by = newShare({ quota: { count: 3, perSeconds: 1 } });
      await limits.take(by);
      await limits.giveBack(by, 1000);
      expect(await allowedOf(9, by, limits)).to.equal(3);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await limits.giveBack(by, 1000);
      expect(await allowedOf(9, by, limits)).to.equal(3);
    });

    it('gives back what was not needed', async () => {
      const by = newShare();
      for (let round = 0; round < 20; round++) {
        expect(await limits.take(by)).to.include({ allowed: true });
        await limits.giveBack(by);
      }
      expect(await allowedOf(10, by, limits)).to.equal(QUOTA.count);
    });
  });
}
