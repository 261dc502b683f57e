import { expect } from 'chai';
import { LIMIT_NAMES } from '../../src/limits/limit.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import { limitSetting } from '../../src/limits/setting.ts';
import { watched } from '../../src/limits/watched.ts';
import { allowedOf, limitsContract, newShare } from './limits.contract.ts';

const monotonicMs = () => performance.now();

describe('limits that are watched', () => {
  limitsContract(() => watched(memoryLimits(monotonicMs), { monotonicMs }));

  it('are given back as much as the others', async () => {
    const limits = watched(memoryLimits(monotonicMs), { monotonicMs });
    const by = newShare();
    expect(await limits.take(by, 5)).to.deep.equal({ allowed: true });
    await limits.giveBack(by, 4);
    expect(await allowedOf(9, by, limits)).to.equal(4);
  });
});

describe('the setting of a limit', () => {
  it('is another one for each, by the name in the configuration', () => {
    const met = { purpose: 'reset', caller: 'main' };
    expect(LIMIT_NAMES.map((limit) => limitSetting({ limit, ...met }))).to.deep.equal([
      ...['purposes.reset.limit', 'limits.link', 'limits.code', 'limits.caller', 'callers.main.limit'],
    ]);
  });
});
