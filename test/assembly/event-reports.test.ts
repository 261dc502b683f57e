import { expect } from 'chai';
import { droppedReporter, harmless } from '../../src/assembly/event-reports.ts';
import type { Log } from '../../src/contract/log.ts';
import { newEvent } from '../support/events.ts';

function logged() {
  const lines: object[] = [];
  const at = (level: string) => (entry: object) => lines.push({ level, ...entry });
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, log };
}

describe('what the log is told of events', () => {
  it('is how many were not kept, each once, and at most once a minute', () => {
    const { lines, log } = logged();
    let nowMs = 0;
    const report = droppedReporter(log, () => nowMs);
    for (const [atMs, count] of [
      [0, 3],
      [1000, 2],
      [59_999, 5],
      [60_000, 1],
      [119_999, 4],
      [120_000, 5],
    ] as const) {
      nowMs = atMs;
      report(count);
    }
    expect(lines).to.deep.equal(
      [3, 8, 9].map((dropped) => ({ level: 'warn', event: 'events.dropped', dropped })),
    );
  });

  it('is what onEvent threw, in short and without what it has besides', () => {
    const { lines, log } = logged();
    const thrown = Object.assign(new TypeError('x'.repeat(501)), { token: 'a secret' });
    for (const each of [thrown, 'a secret']) {
      const hear = harmless(() => {
        throw each;
      }, log);
      hear(newEvent());
    }
    expect(lines).to.deep.equal(
      [{ name: 'TypeError', message: 'x'.repeat(500) }, {}].map((cause) => ({
        ...{ level: 'error', event: 'on-event.failed' },
        cause,
      })),
    );
  });
});
