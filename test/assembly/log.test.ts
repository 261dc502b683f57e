import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { failureReporter, reportUnforeseen } from '../../src/assembly/log.ts';
import type { Log } from '../../src/contract/log.ts';
import { asMatchstickError } from '../../src/errors.ts';

/** What pipe(7) never mixes with the octets of another writer. */
const PIPE_BUF = 4096;

describe('the log of a failure that nobody foresaw', () => {
  /** The lines that an error with so many of a character in its message is worth. */
  function linesOf(character: string): readonly string[] {
    const lines: string[] = [];
    const tell = (line: object) => {
      lines.push(JSON.stringify({ level: 50, time: new Date(0).toISOString(), worker: 1, ...line }));
    };
    const log: Log = { info: tell, warn: tell, error: tell };
    const error = new RangeError(`$& the beginning ${character.repeat(5000)} the end`);
    error.stack = `${error.stack}${'\n    at somewhere (file:///a/long/path/of/a/module.js:1:1)'.repeat(100)}`;
    const failure = { requestId: 'r'.repeat(128), route: '/v1/redemptions', error: asMatchstickError(error) };
    failureReporter(log)(failure);
    reportUnforeseen(log, 'uncaughtException', error);
    return lines;
  }

  it('is one short line, with no more of its message than a beginning, also in the stack', () => {
    const lines = linesOf('m');
    expect(lines).to.have.length(2);
    for (const line of lines) {
      expect(Buffer.byteLength(line)).to.be.below(PIPE_BUF);
      const { cause, stack } = JSON.parse(line);
      expect(cause.message)
        .to.match(/^\$& the beginning m+$/)
        .and.have.length(500);
      expect(stack).to.match(/^RangeError: \$& the beginning m+\n {4}at /);
    }
  });

  for (const character of ['\u0001', '€', '😀', '\ud800', '"', '\n']) {
    it(`is as short with ${JSON.stringify(character)} in its message`, () => {
      const lines = linesOf(character);
      expect(lines).to.have.length(2);
      for (const line of lines) {
        expect(Buffer.byteLength(line)).to.be.below(PIPE_BUF);
        const { cause, stack } = JSON.parse(line);
        expect(cause.message).to.have.length.above(75);
        expect(stack).to.include(cause.message).and.include('at somewhere');
      }
    });
  }
});

describe('the log of events, into a pipe', () => {
  it('is written in pieces that are never mixed with what others write, whatever the alphabet', () => {
    const program = fileURLToPath(new URL('./log-pieces.ts', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], {
      encoding: 'utf8',
    });
    const pieces: readonly number[] = JSON.parse(stdout);
    expect(pieces).to.have.length.above(10);
    expect(Math.max(...pieces)).to.be.at.most(PIPE_BUF);
    const lines = stderr.trimEnd().split('\n');
    expect(pieces.reduce((sum, octets) => sum + octets)).to.equal(Buffer.byteLength(stderr));
    expect(lines.map((line) => JSON.parse(line).token.audience)).to.deep.equal(
      Array.from(lines, (_, index) => 'ä€😀'.repeat(index % 40)),
    );
  });
});
