import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { processMemory } from '../../src/ledger/memory.ts';
import { depositsContract, LOCK, newDeposit, RIGHT } from '../contract/deposits.contract.ts';

describe('deposits in memory', () => {
  depositsContract(async () => processMemory({ nowMs: Date.now, randomBytes }));

  it('are gone with their ledger: a restart finds nothing, and puts nothing of the old epoch', async () => {
    const before = processMemory({ nowMs: Date.now, randomBytes });
    const after = processMemory({ nowMs: Date.now, randomBytes });
    const deposit = await newDeposit(before.ledger, { lock: LOCK });
    expect(await before.deposits.put(deposit)).to.equal(true);
    expect(await after.deposits.find(deposit)).to.equal(undefined);
    expect(await after.deposits.put(deposit)).to.equal(false);
  });

  it('are gone from the millisecond on in which they end', async () => {
    const begunMs = 1_800_000_000_000;
    let nowMs = begunMs;
    const { ledger, deposits } = processMemory({ nowMs: () => nowMs, randomBytes });
    const deposit = await newDeposit(ledger, { untilMs: begunMs + 1000, lock: LOCK });
    await deposits.put(deposit);
    nowMs = begunMs + 999;
    expect(await deposits.find(deposit)).to.deep.include({ contents: deposit.contents });
    nowMs = begunMs + 1000;
    expect(await deposits.find(deposit)).to.equal(undefined);
    expect(await deposits.guess(deposit, RIGHT)).to.deep.equal({ outcome: 'gone' });
  });

  it('end by the clock, and one of the same name that is put afterwards begins anew', async () => {
    let nowMs = 1_800_000_000_000;
    const { ledger, deposits } = processMemory({ nowMs: () => nowMs, randomBytes });
    const deposit = await newDeposit(ledger, { lock: LOCK });
    await deposits.put(deposit);
    await deposits.guess(deposit, 'wrong');
    nowMs = deposit.untilMs - 1;
    expect(await deposits.find(deposit)).to.deep.include({ triesLeft: LOCK.tries - 1 });
    nowMs = deposit.untilMs;
    expect(await deposits.find(deposit)).to.equal(undefined);
    await deposits.put({ ...deposit, untilMs: nowMs + 60_000 });
    expect(await deposits.find(deposit)).to.deep.include({ triesLeft: LOCK.tries });
  });
});
