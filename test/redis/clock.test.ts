import { expect } from 'chai';
import { ledgerClock } from '../../src/redis/clock.ts';

const SERVER_AHEAD_MS = 5_000_000;

describe('the clock of the ledger, as far as replies tell', () => {
  function open() {
    let nowMs = 1000;
    const clock = ledgerClock(() => nowMs);
    /** A question under way for so long, answered somewhere in between by a server whose clock is so far ahead. */
    const ask = (shard: number, aheadMs: number, { before = 10, after = 10 } = {}) => {
      const sentAtMs = nowMs;
      const serverMs = Math.floor(nowMs + before + aheadMs);
      nowMs += before + after;
      clock.heard(shard, { sentAtMs, receivedAtMs: nowMs, serverMs });
    };
    return {
      clock,
      ask,
      serverMs: (aheadMs: number) => nowMs + aheadMs,
      later: (ms: number) => (nowMs += ms),
    };
  }

  it('is not known before the first reply', () => {
    const { clock, ask } = open();
    expect(clock.atMostMs(0)).to.equal(undefined);
    expect(clock.atMostMs()).to.equal(undefined);
    ask(0, 0);
    expect(clock.atMostMs(1)).to.equal(undefined);
  });

  it('is never behind the server, and at most one question ahead of it', () => {
    for (const [before, after] of [
      [0, 0],
      [0, 400],
      [400, 0],
      [3.7, 12.2],
    ] as const) {
      const { clock, ask, serverMs, later } = open();
      ask(0, SERVER_AHEAD_MS, { before, after });
      later(100);
      const ahead = (clock.atMostMs(0) ?? 0) - serverMs(SERVER_AHEAD_MS);
      expect(ahead, `${before} ${after}`).to.be.within(0, before + 1);
    }
  });

  it('is the better of two bounds that agree', () => {
    const { clock, ask, serverMs } = open();
    ask(0, SERVER_AHEAD_MS, { before: 1, after: 300 });
    ask(0, SERVER_AHEAD_MS, { before: 300, after: 1 });
    expect((clock.atMostMs(0) ?? 0) - serverMs(SERVER_AHEAD_MS)).to.be.within(0, 2);
  });

  it('follows a clock that was set, in either direction', () => {
    for (const stepMs of [-60_000, 60_000]) {
      const { clock, ask, serverMs } = open();
      ask(0, SERVER_AHEAD_MS);
      ask(0, SERVER_AHEAD_MS + stepMs);
      expect((clock.atMostMs(0) ?? 0) - serverMs(SERVER_AHEAD_MS + stepMs)).to.be.within(0, 11);
    }
  });

  it('is each shard’s own; without a shard it is behind none', () => {
    const { clock, ask, serverMs } = open();
    ask(0, 0);
    ask(1, SERVER_AHEAD_MS);
    expect((clock.atMostMs(0) ?? 0) - serverMs(0)).to.be.within(0, 11);
    expect((clock.atMostMs(1) ?? 0) - serverMs(SERVER_AHEAD_MS)).to.be.within(0, 11);
    expect((clock.atMostMs() ?? 0) - serverMs(SERVER_AHEAD_MS)).to.be.within(0, 11);
  });
});
