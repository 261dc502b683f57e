import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { isReference, newReference } from '../../src/links/reference.ts';
import { codeDigest, depositName, openText, sealText } from '../../src/links/sealed-deposit.ts';
import { shardOf } from '../../src/redis/keys.ts';

const SECRET = 'AAECAwQFBgcICQoLDA0ODw';
const OTHER = 'AAECAwQFBgcICQoLDA0ODg';

describe('a sealed deposit', () => {
  it('opens with its own secret alone', async () => {
    const sealed = await sealText('what waits', SECRET);
    expect(await openText(sealed, SECRET)).to.equal('what waits');
    const opened = await openText(sealed, OTHER).then(
      () => 'opened',
      () => 'refused',
    );
    expect(opened).to.equal('refused');
  });

  it('is another text each time, so that nobody sees that two are alike', async () => {
    expect(await sealText('what waits', SECRET)).to.not.equal(await sealText('what waits', SECRET));
  });

  it('has a name, a key and code digests of which none tells another', async () => {
    const name = depositName(SECRET);
    expect(name).to.match(/^[\w-]{22}$/);
    expect(depositName(OTHER)).to.not.equal(name);
    expect(codeDigest('123456', SECRET)).to.not.equal(codeDigest('123456', OTHER));
    expect(codeDigest('123456', SECRET)).to.not.equal(codeDigest('123457', SECRET));
    expect(await sealText('x', SECRET)).to.not.include(name);
  });

  it('is named by secrets alone: names and digests are frozen, since Redis has them', () => {
    expect(depositName(SECRET)).to.equal('Ts_ICNIUci8YsNf_ifndwS');
    expect(codeDigest('123456', SECRET)).to.equal('NLcFsDCsvT3v_yzI8D0FqV');
  });
});

describe('a reference', () => {
  const across = (shards: number) => ({ shardOf: (text: string) => shardOf(text, shards) });

  it('is 22 characters, and belongs to the shard where its token is', () => {
    for (const shards of [1, 4, 256]) {
      fc.assert(
        fc.property(fc.nat({ max: shards - 1 }), (shard) => {
          const reference = newReference(shard, across(shards), randomBytes);
          expect(isReference(reference), reference).to.equal(true);
          expect(shardOf(reference, shards)).to.equal(shard);
        }),
        { numRuns: 40 },
      );
    }
  });

  it('is 132 bits, each of which is drawn', () => {
    const seen = Array.from({ length: 22 }, () => new Set<string>());
    for (let drawn = 0; drawn < 2000; drawn++) {
      for (const [place, character] of [...newReference(0, across(1), randomBytes)].entries()) {
        seen[place]?.add(character);
      }
    }
    expect(seen.map(({ size }) => size)).to.deep.equal(Array.from({ length: 22 }, () => 64));
  });

  it('is drawn anew until it belongs there, but not for ever', () => {
    expect(() => newReference(3, across(1), randomBytes)).to.throw('no reference belongs to shard 3');
  });

  it('has one spelling: what is not exactly a reference is none', () => {
    const reference = newReference(0, across(1), randomBytes);
    const wrong = [
      '',
      reference.slice(1),
      `${reference}A`,
      ` ${reference.slice(1)}`,
      `${reference.slice(0, 21)}=`,
      `${reference.slice(0, 21)}+`,
      `${reference.slice(0, 21)}%41`,
      'é'.repeat(22),
    ];
    for (const text of wrong) expect(isReference(text), text).to.equal(false);
  });
});
