import { expect } from 'chai';
import { verifyToken } from '../../src/token/verify.ts';
import { type Forger, forge, makeForgers, NOW_S, verifierOf } from '../support/forge.ts';

const LIFETIME_S = 60;

describe('the clock', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  /** How tokens issued at `NOW_S` for a minute fare at this moment: 'alive', 'expired' or the reason. */
  async function fateAt(nowMs: number, clockToleranceSeconds: number): Promise<string> {
    const fates = keys.map(async (key) => {
      const token = forge(key, { iat: NOW_S, exp: NOW_S + LIFETIME_S });
      const verification = await verifyToken(token, verifierOf(keys, { clockToleranceSeconds }), nowMs);
      if (!verification.valid) return verification.reason;
      return verification.token.expired ? 'expired' : 'alive';
    });
    return [...new Set(await Promise.all(fates))].join(' / ');
  }

  for (const tolerance of [0, 5, 60]) {
    const firstMs = (NOW_S - tolerance) * 1000;
    const endMs = (NOW_S + LIFETIME_S + tolerance) * 1000;

    it(`B3: with ${tolerance} s of tolerance iat is refused only when it is more than that ahead`, async () => {
      expect(await fateAt(firstMs - 1000, tolerance)).to.equal('it was issued in the future');
      expect(await fateAt(firstMs - 1, tolerance)).to.equal('it was issued in the future');
      expect(await fateAt(firstMs, tolerance)).to.equal('alive');
      expect(await fateAt(firstMs + 1000, tolerance)).to.equal('alive');
    });

    it(`B3: with ${tolerance} s of tolerance a token expires that long after exp, to the millisecond`, async () => {
      expect(await fateAt(endMs - 1000, tolerance)).to.equal('alive');
      expect(await fateAt(endMs - 1, tolerance)).to.equal('alive');
      expect(await fateAt(endMs, tolerance)).to.equal('expired');
      expect(await fateAt(endMs + 1000, tolerance)).to.equal('expired');
    });

    it(`B3: ${tolerance} s of tolerance do not make a lifetime longer than its purpose allows`, async () => {
      for (const key of keys) {
        const token = forge(key, { iat: NOW_S, exp: NOW_S + 901 });
        const verifier = verifierOf(keys, { clockToleranceSeconds: tolerance });
        expect(await verifyToken(token, verifier, NOW_S * 1000)).to.deep.equal({
          valid: false,
          reason: 'it lives longer than its purpose allows',
        });
      }
    });
  }

  it('B3: iat is refused however far it is ahead, and exp is expired however long ago it was', async () => {
    for (const seconds of [61, 3600, 86_400, 1_000_000_000]) {
      expect(await fateAt((NOW_S - seconds) * 1000, 60)).to.equal('it was issued in the future');
      expect(await fateAt((NOW_S + LIFETIME_S + seconds) * 1000, 60)).to.equal('expired');
    }
  });

  it('B3: nbf, which tokens here do not have, is refused on either side of now', async () => {
    for (const key of keys) {
      for (const nbf of [NOW_S - 1, NOW_S, NOW_S + 1]) {
        const verification = await verifyToken(forge(key, { nbf }), verifierOf(keys), NOW_S * 1000);
        expect(verification).to.include({ valid: false });
      }
    }
  });
});
