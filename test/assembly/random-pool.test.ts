import { expect } from 'chai';
import { randomPool } from '../../src/assembly/random-pool.ts';

/** As tokens, events and attempts take them, and more than come out of a pool. */
const SIZES = [16, 12, 10, 32, 7, 1024, 1025, 20_000];

describe('random octets that are drawn many at a time', () => {
  it('are as many as were asked for, and none of them is given twice, or changed later', () => {
    const draw = randomPool();
    const drawn = Array.from({ length: 400 }, () => SIZES.map(draw)).flat();
    const texts = drawn.map((octets) => Buffer.from(octets).toString('hex'));
    expect(drawn.map(({ length }) => length)).to.deep.equal(
      Array.from(drawn, (_, index) => SIZES[index % SIZES.length]),
    );
    const beginnings = texts.map((text) => text.slice(0, 14));
    expect(new Set(beginnings).size, 'beginnings').to.equal(drawn.length);
    expect(beginnings).to.not.include('0'.repeat(14));
    for (let each = 0; each < 2000; each++) draw(16);
    expect(drawn.map((octets) => Buffer.from(octets).toString('hex'))).to.deep.equal(texts);
  });

  it('are not kept once they are given', () => {
    const { alloc } = Buffer;
    const made: Buffer[] = [];
    Buffer.alloc = (...how) => {
      const buffer = alloc(...how);
      made.push(buffer);
      return buffer;
    };
    const draw = randomPool();
    Buffer.alloc = alloc;
    const [pool] = made;
    for (let each = 0; each < 1000; each++) expect(pool?.includes(Buffer.from(draw(16)))).to.equal(false);
  });
});
