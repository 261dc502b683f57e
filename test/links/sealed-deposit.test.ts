import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { newReference, shardOfReference } from '../../src/links/reference.ts';
import { codeDigest, depositName, openText, sealText } from '../../src/links/sealed-deposit.ts';

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
  it('is 22 characters and names its shard', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (shard) => {
        const reference = newReference(shard, randomBytes);
        expect(reference).to.match(/^[\w-]{22}$/);
        expect(shardOfReference(reference)).to.equal(shard);
      }),
    );
  });

  it('has one spelling: what is not exactly a reference names no shard', () => {
    const reference = newReference(3, randomBytes);
    const last = reference.charCodeAt(21);
    const wrong = [
      '',
      reference.slice(1),
      `${reference}A`,
      ` ${reference.slice(1)}`,
      `${reference.slice(0, 21)}=`,
      `${reference.slice(0, 21)}${String.fromCharCode(last + 1)}`,
      'é'.repeat(22),
    ];
    for (const text of wrong) expect(shardOfReference(text), text).to.equal(undefined);
  });
});
