import { expect } from 'chai';
import fc from 'fast-check';
import { quantile, ratioOf, spreadOf } from '../../bench/statistics.ts';

describe('the statistics of the benchmark', () => {
  it('have the middle value, and what lies between the two in the middle', () => {
    expect(quantile([5, 1, 3], 0.5)).to.equal(3);
    expect(quantile([4, 1, 3, 2], 0.5)).to.equal(2.5);
    expect(quantile([7], 0.999)).to.equal(7);
    expect(quantile([], 0.5)).to.be.NaN;
  });

  it('have the range of the middle half', () => {
    expect(spreadOf([9, 1, 2, 8, 5])).to.deep.equal({ median: 5, low: 2, high: 8 });
  });

  it('take ratios of neighbours, so that a slow moment for both changes none', () => {
    expect(ratioOf([2, 20, 2], [1, 10, 1])).to.deep.equal({ median: 2, low: 2, high: 2 });
  });

  it('never leave the range of what was measured, and keep their order', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (measured) => {
        const { low, median, high } = spreadOf(measured);
        const [least, most] = [Math.min(...measured), Math.max(...measured)];
        return least <= low + 1e-6 && low <= median + 1e-6 && median <= high + 1e-6 && high <= most + 1e-6;
      }),
    );
  });
});
