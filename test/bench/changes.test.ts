import { expect } from 'chai';
import { changesBetween, changesTable } from '../../bench/changes.ts';
import { parseReport, type Report, reportText, rowOf } from '../../bench/report.ts';

const spread = (low: number, median: number, high: number) => ({ low, median, high });

function reportWith(ratios: Readonly<Record<string, ReturnType<typeof spread>>>): Report {
  const rows = [{ name: 'mint, service', figures: {}, ratios, to: 'mint, floor' }];
  return {
    ...{ version: '1.0.0', date: '2026-01-01T00:00:00Z', node: 'v20', redis: '7', cpus: 2 },
    ...{ load: { before: 0, after: 1 }, options: { rounds: 3 }, parts: { contenders: rows } },
  };
}

describe('two runs of the benchmark', () => {
  it('differ where the middle halves have nothing in common, and only there', () => {
    const before = reportWith({ up: spread(1, 2, 3), down: spread(4, 5, 6), same: spread(1, 2, 3) });
    const after = reportWith({ up: spread(3.1, 4, 5), down: spread(2, 3, 3.9), same: spread(2.9, 3.5, 9) });
    const moved = changesBetween(before, after).filter((change) => change.moved);
    expect(moved.map(({ name }) => name)).to.deep.equal([
      'contenders: mint, service: up',
      'contenders: mint, service: down',
    ]);
  });

  it('are shown with the change of the medians, and with what only one of them has', () => {
    const before = reportWith({ one: spread(1, 2, 3), gone: spread(1, 1, 1) });
    const after = reportWith({ one: spread(4, 5, 6), come: spread(1, 1, 1) });
    const table = changesTable(changesBetween(before, after));
    expect(table).to.match(/service: one +2\.00 \(1\.00–3\.00\) +5\.00 \(4\.00–6\.00\) +\+150 % +moved/);
    expect(table).to.match(/gone +1\.00 \(1\.00–1\.00\) +–/);
    expect(table).to.match(/come +– +1\.00/);
  });

  it('are kept as they were, to four digits', () => {
    const report = reportWith({ one: spread(1.23456, 2, 3) });
    expect(parseReport(reportText(report))).to.deep.equal(reportWith({ one: spread(1.235, 2, 3) }));
    expect(reportText(report)).to.include('{ "low": 1.235, "median": 2, "high": 3 }');
  });

  it('have no figure that could not be measured', () => {
    const row = rowOf('mint', [{ us: Number.NaN, rate: 3 }], {
      ...{ name: 'floor', compared: ['us', 'rate'] },
      rounds: [{ us: 1, rate: 2 }],
    });
    expect(Object.keys(row.figures)).to.deep.equal(['rate']);
    expect(row.ratios).to.deep.equal({ rate: { median: 1.5, low: 1.5, high: 1.5 } });
  });
});
