import { expect } from 'chai';
import { parseCommandLine } from '../../bench/options.ts';

const KNOWN = { quick: ['library', 'script'], slow: ['growth'] };
const parse = (...args: string[]) => parseCommandLine(args, KNOWN);

describe('the command line of the benchmark', () => {
  it('runs what is quick, what is named, or all, each in its place', () => {
    expect(parse().parts).to.deep.equal(['library', 'script']);
    expect(parse('growth', 'library').parts).to.deep.equal(['library', 'growth']);
    expect(parse('all').parts).to.deep.equal(['library', 'script', 'growth']);
  });

  it('refuses a part that there is not, and says which there are', () => {
    expect(() => parse('libary')).to.throw(/no part libary\n.*\n.*\nparts: library script growth/);
  });

  it('takes parts of seconds, and whole numbers of everything else', () => {
    expect(parse('--seconds', '0.2', '--rounds', '1').options).to.include({ seconds: 0.2, rounds: 1 });
    for (const wrong of [
      ['--rounds', '1.5'],
      ['--rounds', '0'],
      ['--warm-up', '0.5'],
      ['--seconds', ''],
      ['--connections', 'many'],
    ]) {
      expect(() => parse(...wrong), wrong.join(' ')).to.throw(`${wrong[0]} must be a number from`);
    }
  });
});
