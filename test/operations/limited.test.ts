import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { insured } from '../../src/limits/insured.ts';
import type { Limits } from '../../src/limits/limit.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import { withOne } from '../../src/operations/limited.ts';
import { newShare } from '../limits/limits.contract.ts';

const UNAVAILABLE = new MatchstickError('ledger_unavailable', 'No answer.');
const TIMEOUT_MS = 1000;

describe('work for which one of a share is taken', () => {
  let nowMs: number;
  /** How long those who count are silent before they fail. Undefined: they answer. */
  let silentMs: number | undefined;
  let givenBack: number;
  let limits: Limits;

  beforeEach(() => {
    [nowMs, silentMs, givenBack] = [0, undefined, 0];
    const first = memoryLimits(() => 0);
    const watched: Limits = {
      take: async (...request) => {
        if (silentMs === undefined) return first.take(...request);
        nowMs += silentMs;
        throw UNAVAILABLE;
      },
      giveBack: async (...request) => {
        givenBack++;
        await first.giveBack(...request);
      },
    };
    const patience = { timeoutMs: TIMEOUT_MS, monotonicMs: () => nowMs };
    limits = insured(
      watched,
      memoryLimits(() => 0),
      patience,
    );
  });

  /** What becomes of it, and how often it was begun. */
  async function outcomeOf(by: Parameters<typeof withOne>[0], answer: unknown) {
    let begun = 0;
    const work = async () => {
      begun++;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const outcome: unknown = await withOne(by, limits, () => {}, work).catch((error: unknown) => error);
    return { outcome, begun };
  }

  it('gives it back without an answer, if it was taken from those who count', async () => {
    expect(await outcomeOf(newShare(), UNAVAILABLE)).to.deep.equal({ outcome: UNAVAILABLE, begun: 1 });
    expect(givenBack).to.equal(1);
    expect(await outcomeOf(newShare(), 'done')).to.deep.equal({ outcome: 'done', begun: 1 });
    expect(givenBack).to.equal(1);
  });

  it('never gives back to them what an insurance counted', async () => {
    silentMs = 0;
    const by = newShare();
    for (let calls = 0; calls < by.quota.count; calls++) {
      expect((await outcomeOf(by, UNAVAILABLE)).outcome).to.equal(UNAVAILABLE);
    }
    expect((await outcomeOf(by, UNAVAILABLE)).outcome).to.include({ code: 'rate_limited' });
    expect(givenBack).to.equal(0);
  });

  it('is not begun when the wait for the count took the time for an answer', async () => {
    silentMs = TIMEOUT_MS;
    expect(await outcomeOf(newShare(), 'done')).to.deep.equal({ outcome: UNAVAILABLE, begun: 0 });
    silentMs = TIMEOUT_MS / 10;
    expect(await outcomeOf(newShare(), 'done')).to.deep.equal({ outcome: 'done', begun: 1 });
  });

  it('is nothing that is limited without a quota', async () => {
    silentMs = TIMEOUT_MS;
    const unlimited = { ...newShare(), quota: undefined };
    expect(await outcomeOf(unlimited, 'done')).to.deep.equal({ outcome: 'done', begun: 1 });
  });
});
