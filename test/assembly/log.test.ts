import { expect } from 'chai';
import { failureReporter, reportUnforeseen } from '../../src/assembly/log.ts';
import type { Log } from '../../src/contract/log.ts';
import { asMatchstickError } from '../../src/errors.ts';

/** What pipe(7) never mixes with the octets of another writer. */
const PIPE_BUF = 4096;

describe('the log of a failure that nobody foresaw', () => {
  it('is one short line, with no more of its message than a beginning, also in the stack', () => {
    const lines: string[] = [];
    const tell = (line: object) => {
      lines.push(JSON.stringify({ level: 50, time: new Date(0).toISOString(), worker: 1, ...line }));
    };
    const log: Log = { info: tell, warn: tell, error: tell };
    const error = new RangeError(`$& the beginning ${'m'.repeat(5000)} the end`);
    error.stack = `${error.stack}${'\n    at somewhere (file:///a/long/path/of/a/module.js:1:1)'.repeat(100)}`;
    const failure = { requestId: 'r'.repeat(128), route: '/v1/redemptions', error: asMatchstickError(error) };
    failureReporter(log)(failure);
    reportUnforeseen(log, 'uncaughtException', error);
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
});
