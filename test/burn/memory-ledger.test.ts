import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { memoryLedger } from '../../src/burn/memory-ledger.ts';
import { burnLedgerContract, burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { collectContract } from '../contract/collect.contract.ts';
import { lapsedHoldsContract } from '../contract/lapsed-holds.contract.ts';
import { ledgerStatesContract } from '../contract/ledger-states.contract.ts';
import { proofsContract } from '../contract/proofs.contract.ts';

describe('the memory ledger', () => {
  burnLedgerContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  ledgerStatesContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  collectContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  proofsContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  lapsedHoldsContract(async (clock) =>
    memoryLedger({ nowMs: () => Date.now() + clock.clockSeconds * 1000, randomBytes }),
  );

  it('knows nothing of the tokens of another one: a restart voids them', async () => {
    const before = memoryLedger({ nowMs: Date.now, randomBytes });
    const after = memoryLedger({ nowMs: Date.now, randomBytes });
    const id = await newTokenId(before);
    expect((await before.burn(burnOf(id))).outcome).to.equal('burned');
    expect((await after.burn(burnOf(id))).outcome).to.equal('void');
  });

  it('remembers a burn for ten minutes after its expiry, and then refuses what it forgot', async () => {
    let nowMs = 1_800_000_000_000;
    const ledger = memoryLedger({ nowMs: () => nowMs, randomBytes });
    const id = await newTokenId(ledger, 60);
    await ledger.burn(burnOf(id));
    nowMs += 650_000;
    await ledger.burn(burnOf(await newTokenId(ledger)));
    expect(await ledger.inspect(id)).to.include({ state: 'burned' });
    nowMs += 1_000_000;
    await ledger.burn(burnOf(await newTokenId(ledger)));
    expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
    nowMs -= 1_650_000;
    expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'expired' });
  });
});
