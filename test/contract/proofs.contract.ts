import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, countOf, newAttempt, newTokenId, type OpenLedger } from './burn-ledger.contract.ts';

export const newProof = () => randomBytes(17).toString('base64url').slice(0, 22);

/** What every ledger promises of proofs that are burned with a use. Each adapter's test file runs it on the real thing. */
export function proofsContract(open: OpenLedger): void {
  describe('of a proof that is burned with a use', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    const newId = (uses: number) => newTokenId(ledger, 300, 'user-42', uses);
    const outcomeOf = async (request: BurnRequest) => (await ledger.burn(request)).outcome;

    it('takes it for one use of the token, however many are left', async () => {
      const id = await newId(3);
      const [first, second] = [newProof(), newProof()];
      expect(await outcomeOf({ ...burnOf(id), proofName: first })).to.equal('burned');
      for (let again = 0; again < 3; again++) {
        expect(await ledger.burn({ ...burnOf(id), proofName: first })).to.deep.equal({
          outcome: 'proof-used',
        });
      }
      expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 2 });
      expect(await ledger.burn({ ...burnOf(id), proofName: second })).to.include({
        outcome: 'burned',
        usesLeft: 1,
      });
      expect(await outcomeOf(burnOf(id))).to.equal('burned');
    });

    it('gives the attempt that showed it its answer again, with this proof, another or none', async () => {
      for (const uses of [1, 3]) {
        const id = await newId(uses);
        const burn = { ...burnOf(id), proofName: newProof() };
        const first = await ledger.burn(burn);
        expect(first.outcome).to.equal('burned');
        for (const again of [burn, { ...burn, proofName: newProof() }, burnOf(id, burn.attempt)]) {
          expect(await ledger.burn(again)).to.deep.equal({ ...first, repeated: true });
        }
      }
    });

    it('takes no proof for another attempt with which one only asked for its answer again', async () => {
      for (const holdSeconds of [0, 60]) {
        const id = await newId(3);
        const burn = { ...burnOf(id), proofName: newProof(), holdSeconds };
        const first = await ledger.burn(burn);
        const again = newProof();
        expect(await ledger.burn({ ...burn, proofName: again })).to.deep.equal({ ...first, repeated: true });
        expect(await ledger.burn({ ...burn, proofName: again })).to.deep.equal({ ...first, repeated: true });
        expect(await outcomeOf({ ...burnOf(id), proofName: again }), 'by a thief').to.equal('proof-used');
        expect(await outcomeOf({ ...burnOf(id), proofName: newProof() })).to.equal('burned');
      }
    });

    it('keeps such a proof when the hold is given back, also of a token for one use', async () => {
      const id = await newId(1);
      const held = { ...burnOf(id), proofName: newProof(), holdSeconds: 60 };
      const again = newProof();
      expect(await outcomeOf(held)).to.equal('held');
      expect(await outcomeOf({ ...held, proofName: again })).to.equal('held');
      await ledger.settle(held, 'release');
      expect(await outcomeOf({ ...burnOf(id), proofName: again })).to.equal('proof-used');
      expect(await outcomeOf({ ...held, proofName: newProof() })).to.equal('released');
    });

    it('is not spent by an attempt that was given back, however often it asks again', async () => {
      for (const uses of [1, 3]) {
        const id = await newId(uses);
        const held = { ...burnOf(id), proofName: newProof(), holdSeconds: 60 };
        await ledger.burn(held);
        await ledger.settle(held, 'release');
        const shown = Array.from({ length: 17 }, newProof);
        for (const proofName of shown) expect(await outcomeOf({ ...held, proofName })).to.equal('released');
        expect(await outcomeOf({ ...burnOf(id), proofName: shown[0] })).to.equal('burned');
      }
    });

    it('gives no attempt its answer again for the proof of another', async () => {
      const id = await newId(2);
      const [one, other] = [
        { ...burnOf(id), proofName: newProof() },
        { ...burnOf(id), proofName: newProof() },
      ];
      for (const burn of [one, other]) expect(await outcomeOf(burn)).to.equal('burned');
      expect(await outcomeOf({ ...one, proofName: other.proofName })).to.equal('proof-used');
      expect(await outcomeOf(one)).to.equal('burned');
    });

    it('remembers 16 of them for a token, and then takes only those', async () => {
      const id = await newId(2);
      const burn = { ...burnOf(id), proofName: newProof() };
      expect(await outcomeOf(burn)).to.equal('burned');
      const repeats = Array.from({ length: 16 }, newProof);
      for (const proofName of repeats) expect(await outcomeOf({ ...burn, proofName })).to.equal('burned');
      expect(await outcomeOf({ ...burn, proofName: newProof() })).to.equal('proof-used');
      for (const proofName of [burn.proofName, ...repeats]) {
        expect(await outcomeOf({ ...burn, proofName })).to.equal('burned');
        expect(await outcomeOf({ ...burnOf(id), proofName })).to.equal('proof-used');
      }
      expect(await outcomeOf(burnOf(id, burn.attempt))).to.equal('burned');
    });

    it('lets exactly one of 50 racing attempts through that show the same one', async () => {
      for (let round = 0; round < 5; round++) {
        const id = await newId(100);
        const proofName = newProof();
        const answers = await Promise.all(
          Array.from({ length: 50 }, () => ledger.burn({ ...burnOf(id), proofName })),
        );
        expect(countOf(answers, 'burned')).to.equal(1);
        expect(countOf(answers, 'proof-used')).to.equal(49);
      }
    });

    it('keeps it when the hold that it was shown for is given back', async () => {
      for (const uses of [1, 3]) {
        const id = await newId(uses);
        const held = { ...burnOf(id), proofName: newProof(), holdSeconds: 60 };
        expect(await outcomeOf(held)).to.equal('held');
        await ledger.settle(held, 'release');
        expect(await outcomeOf({ ...burnOf(id), proofName: held.proofName })).to.equal('proof-used');
        expect(await outcomeOf({ ...burnOf(id), proofName: newProof() })).to.equal('burned');
      }
    });

    it('does not take it for a burn that is refused', async () => {
      const id = await newId(2);
      const proofName = newProof();
      const late = { ...burnOf(id), proofName, burnableUntilMs: ledger.nowMs() - 5000 };
      expect(await outcomeOf(late)).to.equal('expired');
      const held = [burnOf(id), burnOf(id)];
      for (const each of held) expect(await outcomeOf({ ...each, holdSeconds: 60 })).to.equal('held');
      expect(await outcomeOf({ ...burnOf(id), proofName })).to.equal('held-by-another');
      for (const each of held) await ledger.settle(each, 'release');
      expect(await outcomeOf({ ...burnOf(id), proofName })).to.equal('burned');
    });

    it('tells a revoked, a superseded and a burned token apart from a proof that was used', async () => {
      const [revoked, burned] = [await newId(2), await newId(1)];
      const proofName = newProof();
      for (const id of [revoked, burned]) {
        expect(await outcomeOf({ ...burnOf(id), proofName })).to.equal('burned');
      }
      await ledger.revoke(revoked, revoked.expiresAt * 1000);
      expect(await outcomeOf({ ...burnOf(revoked), proofName })).to.equal('revoked');
      expect(await outcomeOf({ ...burnOf(burned), proofName })).to.equal('already-burned');
    });

    it('knows it for its own token alone', async () => {
      const proofName = newProof();
      const [one, other] = [await newId(2), await newId(2)];
      expect(await outcomeOf({ ...burnOf(one), proofName })).to.equal('burned');
      expect(await outcomeOf({ ...burnOf(other), proofName })).to.equal('burned');
    });

    it('changes nothing of what commit, collect and inspect answer', async () => {
      const id = await newId(2);
      const held = { ...burnOf(id, newAttempt()), proofName: newProof(), holdSeconds: 60 };
      expect(await outcomeOf(held)).to.equal('held');
      expect((await ledger.settle(held, 'commit')).outcome).to.equal('burned');
      expect((await ledger.collect({ ...held, collector: newAttempt() })).outcome).to.equal('collected');
      expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
    });
  });
}
