import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { newCode, parseCode } from '../../src/links/code.ts';

/** Octets that say these numbers, one after the other. */
function saying(...numbers: readonly number[]) {
  const left = [...numbers];
  return (size: number): Uint8Array => {
    expect(size).to.equal(4);
    const octets = new DataView(new ArrayBuffer(4));
    octets.setUint32(0, left.shift() ?? 0);
    return new Uint8Array(octets.buffer);
  };
}

describe('the code of a link', () => {
  it('is drawn again for a number that would favor low codes', () => {
    // 4,294 whole rounds of a million fit into four octets; the 967,296 numbers above them are left over.
    expect(newCode(saying(4_294_000_000, 4_294_967_295, 7))).to.equal('000007');
    expect(newCode(saying(4_293_999_999))).to.equal('999999');
    expect(newCode(saying(4_293_000_000))).to.equal('000000');
  });

  it('is six digits, also where it begins with zeros', () => {
    expect(newCode(saying(0))).to.equal('000000');
    expect(newCode(saying(42))).to.equal('000042');
    for (let draw = 0; draw < 100; draw++) expect(newCode(randomBytes)).to.match(/^\d{6}$/);
  });

  it('is taken with spaces, and with nothing else', () => {
    expect(parseCode(' 123 456\t')).to.equal('123456');
    for (const typed of [undefined, '', '12345', '1234567', '12345a', '12-34-56', '１２３４５６']) {
      expect(parseCode(typed), typed).to.equal(undefined);
    }
  });
});
