import { expect } from 'chai';
import type { ScriptReply } from '../../src/redis/reply.ts';
import { rememberShards } from '../../src/redis/shards.ts';

const HOUR_MS = 3_600_000;

describe('what an instance remembers of a shard', () => {
  function open() {
    let nowMs = 0;
    const replaced: number[] = [];
    const shards = rememberShards(
      () => nowMs,
      (shard) => replaced.push(shard),
    );
    const reply = (epoch: string, changes: number, changed = false): ScriptReply => ({
      ...{ word: 'living', epoch, changes, changed },
      ...{ nowMs: 0, began: '', rest: [] },
    });
    /** A question that is asked and answered with nothing in between. */
    const ask = (epoch: string, changes = 0, changed = false) =>
      shards.heard(0, reply(epoch, changes, changed), shards.last(0));
    return { ...shards, replaced, reply, ask, later: (ms: number) => (nowMs += ms) };
  }

  it('is nothing before the first reply, and nothing from a memory without an epoch', () => {
    const { ask, last, wasReplacedLately } = open();
    expect(last(0)).to.equal(undefined);
    expect(ask('')).to.equal(undefined);
    expect(last(0)).to.equal(undefined);
    expect(wasReplacedLately(0)).to.equal(false);
  });

  it('never goes down in changes, however late a reply comes', () => {
    const { ask, heard, last, reply } = open();
    ask('E', 3);
    const heardBefore = last(0);
    ask('E', 7);
    expect(heard(0, reply('E', 5), heardBefore)).to.equal(undefined);
    expect(last(0)).to.include({ epoch: 'E', changes: 7 });
  });

  it('finds a memory that went back by fewer changes, and by as many when one was just made', () => {
    for (const [changes, changed, expected] of [
      [4, false, 'memory-went-back'],
      [5, false, undefined],
      [5, true, 'memory-went-back'],
      [6, true, undefined],
    ] as const) {
      const { ask } = open();
      ask('E', 5);
      expect(ask('E', changes, changed), `${changes} ${changed}`).to.equal(expected);
    }
  });

  it('keeps finding it until another epoch lives, although the memory has caught up', () => {
    const { ask, last } = open();
    ask('E', 5);
    ask('E', 4);
    expect(ask('E', 9)).to.equal('memory-went-back');
    expect(ask('F')).to.equal(undefined);
    expect(last(0)).to.include({ epoch: 'F' });
    expect(ask('E', 9)).to.equal('memory-went-back');
  });

  it('finds an epoch that comes back, again and again, and goes on with the one that replaced it', () => {
    const { ask, last, replaced } = open();
    ask('E', 5);
    ask('F', 1);
    for (let again = 0; again < 3; again++) expect(ask('E', 6)).to.equal('epoch-came-back');
    expect(last(0)).to.include({ epoch: 'F', changes: 1 });
    expect(ask('F', 2)).to.equal(undefined);
    expect(replaced).to.deep.equal([0]);
  });

  it('takes a reply for late when its question was asked before its epoch was replaced', () => {
    const { ask, heard, last, reply } = open();
    ask('E', 5);
    const heardBefore = last(0);
    ask('F', 1);
    expect(heard(0, reply('E', 6, true), heardBefore)).to.equal(undefined);
    expect(last(0)).to.include({ epoch: 'F', changes: 1 });
  });

  it('knows an epoch that it never met from the one that replaced it', () => {
    const { ask, heardPrevious } = open();
    ask('F');
    heardPrevious(0, ['E', 'D']);
    heardPrevious(0, []);
    expect(ask('D', 100)).to.equal('epoch-came-back');
    expect(ask('E', 100)).to.equal('epoch-came-back');
    expect(ask('F')).to.equal(undefined);
  });

  it('knows an epoch that was condemned, also before anything was heard', () => {
    const { ask, condemn } = open();
    condemn(0, 'E');
    expect(ask('E', 100)).to.equal('epoch-came-back');
    expect(ask('F')).to.equal(undefined);
  });

  it('forgets the oldest of 1,000, and condemned ones push out none that was seen', () => {
    const { ask, condemn } = open();
    for (let number = 0; number <= 1001; number++) ask(`E${number}`);
    for (let number = 0; number <= 2000; number++) condemn(0, `made-up-${number}`);
    expect(ask('E1')).to.equal('epoch-came-back');
    expect(ask('E0')).to.equal(undefined);
    expect(ask('made-up-2000')).to.equal('epoch-came-back');
  });

  it('is of each shard by itself', () => {
    const { ask, heard, last, reply } = open();
    ask('E', 5);
    ask('F');
    expect(heard(1, reply('E', 1), last(1))).to.equal(undefined);
    expect(last(1)).to.include({ epoch: 'E', changes: 1 });
  });

  it('says for an hour that an epoch was replaced lately', () => {
    const { ask, later, wasReplacedLately } = open();
    ask('E');
    expect(wasReplacedLately(0)).to.equal(false);
    ask('F');
    expect(wasReplacedLately(0)).to.equal(true);
    later(HOUR_MS);
    expect(wasReplacedLately(0)).to.equal(true);
    later(HOUR_MS);
    expect(wasReplacedLately(0)).to.equal(false);
  });
});
