import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { expiryMinute } from '../../src/ledger/burn-ledger.ts';
import { memoryLedger } from '../../src/ledger/memory/burns.ts';
import type { TokenId } from '../../src/token/id.ts';
import { burnLedgerContract, burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { collectContract } from '../contract/collect.contract.ts';
import { lapsedHoldsContract } from '../contract/lapsed-holds.contract.ts';
import { ledgerStatesContract } from '../contract/ledger-states.contract.ts';
import { notesContract } from '../contract/notes.contract.ts';
import { placesContract } from '../contract/places.contract.ts';
import { proofsContract } from '../contract/proofs.contract.ts';
import { revokedKeysContract } from '../contract/revoked-keys.contract.ts';
import { unfinishedContract } from '../contract/unfinished.contract.ts';

describe('the memory ledger', () => {
  burnLedgerContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  ledgerStatesContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  unfinishedContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  placesContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  collectContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  proofsContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  revokedKeysContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  notesContract(async () => memoryLedger({ nowMs: Date.now, randomBytes }));
  lapsedHoldsContract(async (clock) =>
    memoryLedger({ nowMs: () => Date.now() + clock.clockSeconds * 1000, randomBytes }),
  );

  it('takes for the last burn what was committed last, also while the clock stands still', async () => {
    const nowMs = 1_800_000_000_000;
    const ledger = memoryLedger({ nowMs: () => nowMs, randomBytes });
    const id = await newTokenId(ledger, 300, TOKEN_SUBJECT.subject, 2);
    const held = { ...burnOf(id, 'first', 'billing'), holdSeconds: 60 };
    await ledger.burn(held);
    await ledger.burn(burnOf(id, 'second', 'mailer'));
    await ledger.settle(held, 'commit');
    const burned = { redeemedAtMs: nowMs, redeemedBy: 'billing' };
    expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'already-burned', ...burned });
  });

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

  it('burns nothing in the minute that it has just forgotten, wherever the clock goes', async () => {
    let nowMs = 1_800_000_000_000;
    const ledger = memoryLedger({ nowMs: () => nowMs, randomBytes });
    const id = await newTokenId(ledger);
    await ledger.burn(burnOf(id));
    nowMs = (expiryMinute(id) + 11) * 60_000;
    await ledger.living(TOKEN_SUBJECT.subject);
    nowMs = id.issuedAt * 1000;
    expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'expired' });
  });

  it('remembers a revocation by subject as long as a token that was minted before it', async () => {
    const begunMs = 1_800_000_000_000;
    let nowMs = begunMs;
    const ledger = memoryLedger({ nowMs: () => nowMs, randomBytes });
    nowMs = begunMs + 7_200_000;
    const id = await newTokenId(ledger, 3600);
    nowMs = begunMs;
    await ledger.revokeSubject(TOKEN_SUBJECT.subject);
    for (const seconds of [1200, 7200, 10_790]) {
      nowMs = begunMs + seconds * 1000;
      await ledger.living(TOKEN_SUBJECT.subject);
      expect((await ledger.burn(burnOf(id))).outcome, `${seconds} s later`).to.equal('revoked');
    }
  });

  it('knows which tokens of a topic live beside those that it has forgotten', async () => {
    let nowMs = 1_800_000_000_000;
    const ledger = memoryLedger({ nowMs: () => nowMs, randomBytes });
    const register = (id: TokenId, live: number) =>
      ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], TOKEN_SUBJECT, live);
    const [short, long] = [await newTokenId(ledger, 60), await newTokenId(ledger, 3600)];
    for (const id of [short, long]) await register(id, 2);
    nowMs += 1_200_000;
    await ledger.living(TOKEN_SUBJECT.subject);
    await register(await newTokenId(ledger, 3600), 1);
    expect(await ledger.burn(burnOf(long))).to.deep.equal({ outcome: 'superseded' });
  });
});
