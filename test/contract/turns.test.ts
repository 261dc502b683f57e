import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { expect } from 'chai';
import { z } from 'zod';
import { inTurns, shareTurns } from '../../src/contract/turns.ts';
import { createMatchstick } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER } from '../support/deployment.ts';

function keepBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Counts how much of `done` happens between two turns of the event loop, at most. */
function watchTurns(done: () => number) {
  let most = 0;
  let before = done();
  const look = (): void => {
    most = Math.max(most, done() - before);
    before = done();
    next = setImmediate(look);
  };
  let next = setImmediate(look);
  return () => {
    look();
    clearImmediate(next);
    return most;
  };
}

describe('work that is done in turns', () => {
  const onClose = cleanupAfter(afterEach);

  it('gives its results in order, and lets other work through in between', async () => {
    let done = 0;
    const stop = watchTurns(() => done);
    const inputs = Array.from({ length: 60 }, (_, index) => index);
    const results = await inTurns(inputs, (input, index) => {
      keepBusy(2);
      done++;
      return `${input} ${index}`;
    });
    expect(results).to.deep.equal(inputs.map((input) => `${input} ${input}`));
    expect(stop()).to.be.within(1, 5);
  });

  it('of many that do so at once lets other work through as often as one does', async () => {
    let done = 0;
    const inputs = Array.from({ length: 20 }, (_, index) => index);
    const work = () =>
      inTurns(inputs, () => {
        keepBusy(2);
        done++;
      });
    const all = Array.from({ length: 20 }, work);
    expect(done, 'before anybody has had a turn').to.equal(20);
    const stop = watchTurns(() => done);
    await Promise.all(all);
    expect(done).to.equal(400);
    expect(stop()).to.be.within(1, 5);
  });

  it('of many that do so at once goes on with all of them alike', async () => {
    let done = 0;
    const inputs = Array.from({ length: 20 }, (_, index) => index);
    const works = inputs.map(() =>
      inTurns(inputs, () => {
        keepBusy(2);
        done++;
      }),
    );
    await Promise.race(works);
    expect(done, 'when the first was done').to.be.at.least(200);
    await Promise.all(works);
  });

  it('that is shared is done in order, and lets other work through in between', async () => {
    const done: number[] = [];
    const stop = watchTurns(() => done.length);
    const inItsTurn = shareTurns();
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 60; index++) {
        inItsTurn(() => {
          keepBusy(2);
          done.push(index);
          if (index === 59) resolve();
        });
      }
    });
    expect(done).to.deep.equal(Array.from({ length: 60 }, (_, index) => index));
    expect(stop()).to.be.within(1, 5);
  });

  it('that is shared is done although what came before it throws, and nobody swallows that', async () => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const thrown = once(process, 'uncaughtException');
    try {
      const inItsTurn = shareTurns();
      inItsTurn(() => keepBusy(5));
      const error = new RangeError('unforeseen');
      inItsTurn(() => {
        throw error;
      });
      await new Promise<void>((resolve) => inItsTurn(resolve));
      expect((await thrown)[0]).to.equal(error);
    } finally {
      for (const other of others) process.on('uncaughtException', other);
    }
  }).timeout(5000);

  it('that is shared keeps what it belongs to, also where somebody else does it', async () => {
    const trace = new AsyncLocalStorage<string>();
    const inItsTurn = shareTurns();
    trace.run('the first', () => inItsTurn(() => keepBusy(5)));
    const found = await new Promise((resolve) => {
      trace.run('the second', () => inItsTurn(() => resolve(trace.getStore())));
    });
    expect(found).to.equal('the second');
  });

  it('is how the orders of a batch are checked, whether or not they fit', async () => {
    let checked = 0;
    const claims = z.object({ key: z.string() }).refine(() => {
      keepBusy(2);
      checked++;
      return true;
    });
    const purposes = { file: { audience: 'app', lifetime: '5m', claims } } as const;
    const matchstick = await createMatchstick({ issuer: ISSUER, purposes });
    onClose(matchstick.close);
    const orders = Array.from({ length: 60 }, () => ({ subject: 'user-42', claims: { key: 'a' } }));
    const [first, ...others] = orders;
    for (const subject of ['user-42', '']) {
      checked = 0;
      const stop = watchTurns(() => checked);
      const minted = matchstick.mintMany('file', [...others, { claims: { key: 'a' }, ...first, subject }]);
      await minted.catch(() => {});
      expect(checked).to.equal(60);
      expect(stop()).to.be.within(1, 5);
    }
  });
});
