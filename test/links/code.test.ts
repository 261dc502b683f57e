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

  it('is taken with whatever people and programs put between its digits, and in the digits of any script', () => {
    for (const typed of [
      ...['123456', ' 123 456\t', '123-456', '12-34-56', '123\u00a0456', '123\u202f456', '123\u2011456'],
      ...['123\u2013456', '123\u2212456', '\u200b123456\ufeff', '\u2068123456\u2069', '123.456', '"123456"'],
      ...[
        '１２３４５６',
        '１２３－４５６',
        '１２３　４５６',
        '١٢٣٤٥٦',
        '۱۲۳۴۵۶',
        '१२३४५६',
        '𝟏𝟐𝟑𝟒𝟓𝟔',
        '123\u00ad456\r\n',
      ],
    ]) {
      expect(parseCode(typed), JSON.stringify(typed)).to.equal('123456');
    }
    for (const typed of [
      undefined,
      '',
      '12345',
      '1234567',
      '12345a',
      '123456 7',
      '+123456',
      '½23456',
      '一二三四五六',
    ]) {
      expect(parseCode(typed), typed).to.equal(undefined);
    }
  });

  it('has each of its digits read as the number that it is, in every script that Unicode has', () => {
    const digits = Array.from({ length: 0x10_ff_ff }, (_, index) => String.fromCodePoint(index + 1)).filter(
      (character) => /\p{Nd}/u.test(character),
    );
    expect(digits.length)
      .to.be.above(600)
      .and.satisfy((count: number) => count % 10 === 0);
    for (const [index, digit] of digits.entries()) {
      expect(parseCode(digit.repeat(6)), digit).to.equal(String(index % 10).repeat(6));
    }
  });
});
