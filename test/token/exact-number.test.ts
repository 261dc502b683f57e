import { expect } from 'chai';
import fc from 'fast-check';
import { isExactNumber } from '../../src/token/exact-number.ts';

describe('a JSON number', () => {
  it('is exact if a double carries it as it is written', () => {
    const exact = [
      ...[
        '0',
        '-0',
        '0.0',
        '0e5',
        '1',
        '-1',
        '1.0',
        '1.50',
        '0.1',
        '1e3',
        '1E+3',
        '1.5e-7',
        '100',
        '1000e-3',
      ],
      ...['9007199254740991', '9007199254740992', '1e300', '1e21', '5e-324', '1.7976931348623157e308'],
      ...['123456789012345680000', '0.30000000000000004'],
    ];
    for (const literal of exact) expect(isExactNumber(literal), literal).to.equal(true);
  });

  it('is not if the double is another number', () => {
    const inexact = [
      ...[
        '9007199254740993',
        '10000000000000000999',
        '-9007199254740993',
        '1e400',
        '-1e400',
        '1e-400',
        '1e999999999',
      ],
      ...['0.1000000000000000055511151231257827', '1.00000000000000001', '123456789012345678901', '4e-324'],
      ...['1'.repeat(400), `0.${'0'.repeat(400)}1`, `1${'0'.repeat(300)}1`],
    ];
    for (const literal of inexact) expect(isExactNumber(literal), literal).to.equal(false);
  });

  it('is exact however a program wrote it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(isExactNumber(JSON.stringify(number)), String(number)).to.equal(true);
        expect(isExactNumber(number.toExponential()), String(number)).to.equal(true);
      }),
    );
  });

  it('is exact only for the double that it names', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 22n }), (integer) => {
        expect(isExactNumber(String(integer))).to.equal(
          BigInt(Number(integer)) === integer || String(Number(integer)) === String(integer),
        );
      }),
    );
  });
});
