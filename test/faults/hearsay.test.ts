import { expect } from 'chai';
import { PATIENCE_MS } from '../support/patience.ts';
import { Hearsay } from './support/hearsay.ts';
import type { Bar, TriedToken, Try } from './support/token.ts';

const OWN = 'A'.repeat(16);
const OTHER = 'B'.repeat(16);

/** What a split excuses, and what it does not. */
describe('the exemption of a split', function () {
  this.timeout(PATIENCE_MS);
  let hearsay: Hearsay;
  let token: TriedToken;
  let nowMs: number;

  const hears = (instance: string, epoch: string, begunMs: number) =>
    hearsay.heard(instance, 0, { begunMs, endedMs: begunMs + 1, epoch });
  const barred = (by: Bar['by'], instance: string, epoch: string, begunMs = 110): Bar => {
    const bar: Bar = { by, instance, epoch, begunMs, sinceMs: begunMs + 1 };
    token.bars.push(bar);
    return bar;
  };
  const isExempt = (bar: Bar, instance: string, begunMs: number) => {
    const tried: Try = {
      ...{ what: 'burn', attempt: 'a', outcome: 'burned', instance },
      ...{ begunMs, endedMs: begunMs + 1 },
    };
    return hearsay.isOnTheOtherSide(token, bar, tried);
  };

  beforeEach(() => {
    nowMs = 100;
    hearsay = new Hearsay(() => nowMs);
    token = {
      id: { shard: 0, epoch: OWN, issuedAt: 0, expiresAt: 60, uses: 1, generation: 0, nonce: 'A'.repeat(22) },
      topic: { subject: 'user-42', purpose: 'password-reset', kid: 'key-1' },
      ...{ tries: [], bars: [], collectors: new Map() },
    };
    for (const instance of ['here', 'there']) hears(instance, OWN, 0);
  });

  it('is for an instance that has heard of no other memory, while there are two', () => {
    hearsay.twoMemories();
    hears('there', OTHER, 105);
    const bar = barred('revocation by subject', 'there', OTHER);
    expect(isExempt(bar, 'here', 120)).to.equal(true);
    expect(isExempt(bar, 'there', 120)).to.equal(false);
  });

  it('is not for one that has revoked the token itself, whatever else it has heard', () => {
    hearsay.twoMemories();
    const bar = barred('revocation', 'begun since', OTHER);
    expect(isExempt(bar, 'begun since', 120)).to.equal(false);
    expect(isExempt(bar, 'here', 120)).to.equal(true);
  });

  it('is not for an answer that the token has from its own memory', () => {
    hearsay.twoMemories();
    expect(isExempt(barred('revocation', 'there', OWN), 'here', 120)).to.equal(false);
  });

  it('is not where there never were two memories, nor for an answer from before', () => {
    hears('there', OTHER, 105);
    expect(isExempt(barred('revocation by subject', 'there', OTHER), 'here', 120)).to.equal(false);
    hearsay.twoMemories();
    expect(isExempt(barred('revocation by subject', 'there', OTHER, 50), 'here', 120)).to.equal(false);
  });

  it('ends when one that knows of both has asked again', () => {
    const isOneMemoryAgain = hearsay.twoMemories();
    hears('there', OTHER, 105);
    const bar = barred('revocation by subject', 'there', OTHER);
    nowMs = 120;
    isOneMemoryAgain();
    expect(isExempt(bar, 'here', 200)).to.equal(true);
    hears('there', OWN, 150);
    expect(isExempt(bar, 'here', 140)).to.equal(true);
    expect(isExempt(bar, 'here', 200)).to.equal(false);
  });

  it('comes back when everybody who knew has restarted', () => {
    hearsay.twoMemories();
    hears('there', OTHER, 105);
    const bar = barred('revocation by subject', 'there', OTHER);
    expect(isExempt(bar, 'there', 120)).to.equal(false);
    nowMs = 130;
    hearsay.restarted('there');
    hears('there', OWN, 140);
    expect(isExempt(bar, 'there', 150)).to.equal(true);
  });
});
