import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { unwaitingPipe } from '../../src/assembly/unwaiting-pipe.ts';
import { until } from '../faults/support/replication.ts';
import { startChild } from '../support/child.ts';

/** What a pipe holds, unless somebody changes it (pipe(7)). */
const PIPE_OCTETS = 65_536;
const LINE = `${'x'.repeat(1023)}\n`;

describe('a pipe that nobody waits for', () => {
  let folder = '';
  let path = '';
  let reader = -1;
  let writer = -1;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pipe-'));
    path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY);
  });

  afterEach(() => {
    for (const descriptor of [reader, writer]) if (descriptor >= 0) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  function written(most = 1_000_000, lost: string[] = []) {
    const write = unwaitingPipe(writer, { mostWaiting: most, dropped: (text) => lost.push(text) });
    if (!write) throw new Error('it is no pipe');
    return write;
  }

  function readAll(): string {
    const buffer = Buffer.alloc(2 * PIPE_OCTETS);
    let octets = 0;
    try {
      for (;;) {
        const more = readSync(reader, buffer, octets, buffer.length - octets, null);
        if (more === 0) break;
        octets += more;
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
    return buffer.toString('utf8', 0, octets);
  }

  it('takes a text at once', () => {
    written()('Grüße\n');
    expect(readAll()).to.equal('Grüße\n');
  });

  it('keeps what does not fit until it is read, in its order', async () => {
    const lost: string[] = [];
    const write = written(undefined, lost);
    const lines = Array.from({ length: 100 }, (_, index) => `${index} ${LINE}`);
    for (const line of lines) write(line);
    let read = readAll();
    expect(read.length).to.be.within(PIPE_OCTETS / 2, PIPE_OCTETS);
    await until(async () => {
      read += readAll();
      return read.length >= lines.join('').length;
    });
    expect(read).to.equal(lines.join(''));
    expect(lost).to.deep.equal([]);
  });

  it('drops whole texts once too much waits, and ends what it has begun', async () => {
    const lost: string[] = [];
    const write = written(3000, lost);
    const long = `${'long '.repeat(20_000)}\n`;
    write(long);
    for (const name of ['a', 'b', 'c']) write(`${name}${LINE}`);
    expect(lost).to.deep.equal(['a', 'b', 'c'].map((name) => `${name}${LINE}`));
    let read = '';
    await until(async () => {
      read += readAll();
      return read.length >= long.length;
    });
    expect(read).to.equal(long);
    write('and on\n');
    expect(readAll()).to.equal('and on\n');
  });

  it('keeps what was said first and what was said last', async () => {
    const lost: string[] = [];
    const write = written(10 * LINE.length, lost);
    const lines = Array.from({ length: 200 }, (_, index) => `${index} ${LINE}`);
    for (const line of lines) write(line);
    let read = '';
    await until(async () => {
      read += readAll();
      return read.endsWith(lines.at(-1) ?? '');
    });
    const numbers = (text: string) => text.split('\n').map((line) => Number.parseInt(line, 10));
    const kept = numbers(read.trimEnd());
    const firstLost = kept.findIndex((number, index) => number !== index);
    expect(kept.slice(firstLost)).to.deep.equal(
      Array.from({ length: kept.length - firstLost }, (_, index) => 200 - kept.length + firstLost + index),
    );
    const wholeLines = PIPE_OCTETS / LINE.length;
    expect(firstLost).to.be.within(wholeLines / 2, wholeLines + 6);
    expect(kept.length - firstLost).to.be.within(4, 6);
    expect([...kept, ...lost.flatMap((text) => numbers(text.trimEnd()))].sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 200 }, (_, index) => index),
    );
  });

  it('has room again for as much once that was read, however often', async () => {
    const lost: string[] = [];
    const write = written(3000, lost);
    for (let round = 0; round < 5; round++) {
      for (let line = 0; line <= PIPE_OCTETS / LINE.length; line++) write(LINE);
      let octets = 0;
      await until(async () => {
        octets += readAll().length;
        return octets > PIPE_OCTETS;
      });
    }
    expect(lost).to.deep.equal([]);
  });

  it('takes what waits when the process ends, if it is read within a second', async () => {
    const program = fileURLToPath(new URL('./last-lines.ts', import.meta.url));
    const command = 'exec "$0" --import tsx "$1" 2> "$2"';
    const child = startChild('sh', ['-c', command, process.execPath, program, path]);
    await child.printed(/written/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const exited = child.exited();
    let [read, isOver] = ['', false];
    exited.then(() => {
      isOver = true;
    });
    while (!isOver) {
      read += readAll();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const lines = (read + readAll()).trimEnd().split('\n');
    expect(lines.map((line) => Number.parseInt(line, 10))).to.deep.equal(
      Array.from({ length: 100 }, (_, index) => index),
    );
    expect(await exited).to.equal(0);
  });

  it('drops what nobody can read any more', () => {
    const lost: string[] = [];
    const write = written(undefined, lost);
    closeSync(reader);
    reader = -1;
    write('a line\n');
    expect(lost).to.deep.equal(['a line\n']);
  });

  it('is not made of a file', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const descriptor = openSync(file, 'a');
    expect(unwaitingPipe(descriptor, { mostWaiting: 1, dropped: () => {} })).to.equal(undefined);
    closeSync(descriptor);
  });
});
