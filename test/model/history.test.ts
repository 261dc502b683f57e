import { expect } from 'chai';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Recorded, violations } from './history.ts';

/** `<attempt> <kind> <start>-<end> <outcome>`; an end of `?` is an answer that never came. */
function recorded(line: string): Recorded {
  const [attempt = '', kind = '', times = '', outcome = 'no-answer'] = line.split(' ');
  const [startedAtMs, endedAtMs] = times.split('-');
  return {
    token: 'T',
    attempt: kind === 'revoke' ? '' : attempt,
    caller: 'main',
    kind: kind as Recorded['kind'],
    startedAtMs: Number(startedAtMs),
    endedAtMs: endedAtMs === '?' ? Number.POSITIVE_INFINITY : Number(endedAtMs),
    outcome,
  };
}

const found = (uses: number, lines: readonly string[]) => violations(lines.map(recorded), () => uses);

const BROKEN: readonly (readonly [string, number, readonly string[], RegExp])[] = [
  [
    'two attempts burn a token for one use',
    1,
    ['a redeem 1-2 burned', 'b redeem 3-4 burned'],
    /2 attempts had one/,
  ],
  ['two racing attempts both burn', 1, ['a redeem 1-4 burned', 'b redeem 2-3 burned'], /2 attempts had one/],
  [
    'three attempts burn a token for two uses',
    2,
    ['a redeem 1-2 burned', 'b redeem 1-3 burned', 'c redeem 2-9 burned'],
    /3 attempts had one/,
  ],
  ['a held token is burned by another', 1, ['a hold 1-2 held', 'b redeem 3-4 burned'], /2 attempts had one/],
  [
    'a held token is given away before it is given back',
    1,
    ['a hold 1-2 held', 'b hold 3-4 held', 'a release 5-6 released'],
    /2 attempts had one/,
  ],
  [
    'a committed hold does not count',
    1,
    ['a hold 1-2 held', 'a commit 3-4 burned', 'b redeem 5-6 burned'],
    /2 attempts had one/,
  ],
  [
    'a hold that lapsed before its release does not count',
    1,
    ['a hold 1-2 held', 'a release 7-8 burned', 'b redeem 9-10 burned'],
    /2 attempts had one/,
  ],
  [
    'a release of one frees two',
    2,
    [
      'a hold 1-2 held',
      'b hold 1-2 held',
      'a release 3-4 released',
      'c redeem 5-6 burned',
      'd redeem 5-7 burned',
    ],
    /3 attempts had one/,
  ],
  ['a success after a revocation', 1, ['- revoke 1-2 revoked', 'a redeem 3-4 burned'], /was revoked at 2/],
  ['a success after void', 3, ['a redeem 1-2 void', 'b redeem 3-4 burned'], /was void at 2/],
  ['a success after expired', 3, ['a redeem 1-2 expired', 'b hold 3-4 held'], /was expired at 2/],
  [
    'a success after superseded',
    3,
    ['a redeem 1-2 superseded', 'b redeem 3-4 burned'],
    /was superseded at 2/,
  ],
  [
    'a success after already-burned',
    3,
    ['a redeem 1-2 already-burned', 'b redeem 3-4 burned'],
    /already-burned at 2/,
  ],
  [
    'a success of the very attempt that was refused',
    1,
    ['a redeem 1-2 revoked', 'a redeem 3-4 burned'],
    /was revoked, and a was granted it at 3/,
  ],
  [
    'a success of an attempt that only began after the refusal, however often it asked',
    1,
    ['b redeem 1-2 revoked', 'a redeem 3-?', 'a redeem 5-6 burned'],
    /was revoked at 2/,
  ],
  [
    'an answer again that was asked for after a revocation',
    1,
    ['a redeem 1-2 burned', '- revoke 3-4 already-burned', 'a redeem 5-6 burned'],
    /was revoked, and a was granted it at 5/,
  ],
  ['a commit of what was never held', 1, ['- revoke 1-2 revoked', 'a commit 3-4 burned'], /was revoked at 2/],
  [
    'a released attempt that succeeds again',
    1,
    ['a hold 1-2 held', 'a release 3-4 released', 'a hold 5-6 held'],
    /held after it was released/,
  ],
  [
    'a released attempt that burns',
    1,
    ['a hold 1-2 held', 'a release 3-4 released', 'a redeem 5-6 burned'],
    /both burned and released/,
  ],
  [
    'a burn that is given back',
    1,
    ['a redeem 1-2 burned', 'a release 3-4 released'],
    /both burned and released/,
  ],
  ['a burn that becomes a hold', 1, ['a redeem 1-2 burned', 'a redeem 3-4 held'], /held after it was burned/],
];

const SOUND: readonly (readonly [string, number, readonly string[]])[] = [
  ['nothing', 1, []],
  [
    'one use, and refusals',
    1,
    ['a redeem 1-2 burned', 'b redeem 1-3 already-burned', 'c redeem 4-5 already-burned'],
  ],
  [
    'the same attempt, again and again',
    1,
    ['a redeem 1-2 burned', 'a redeem 3-4 burned', 'a redeem 3-5 burned'],
  ],
  [
    'the echo of a success after another was refused',
    1,
    ['a redeem 1-2 burned', 'b redeem 3-4 already-burned', 'a redeem 5-6 burned'],
  ],
  [
    'the late answer of an attempt whose first went missing',
    1,
    ['a redeem 1-?', 'b redeem 3-4 already-burned', 'a redeem 5-6 burned'],
  ],
  [
    'a success that was under way when the refusal came',
    1,
    ['- revoke 1-5 already-burned', 'a redeem 4-9 burned'],
  ],
  ['as many attempts as uses', 3, ['a redeem 1-2 burned', 'b redeem 1-2 burned', 'c hold 1-2 held']],
  [
    'a use that is given back and taken again',
    1,
    [
      'a hold 1-2 held',
      'a release 3-4 released',
      'b hold 5-6 held',
      'b release 7-8 released',
      'c redeem 9-10 burned',
    ],
  ],
  [
    'a use that is taken while its release is under way',
    1,
    ['a hold 1-2 held', 'a release 3-9 released', 'b redeem 4-5 burned'],
  ],
  ['a release whose answer went missing', 1, ['a hold 1-2 held', 'a release 3-?', 'b redeem 5-6 burned']],
  ['a hold whose answer went missing', 1, ['a hold 1-?', 'a release 3-4 released', 'b redeem 5-6 burned']],
  [
    'a success and its commit after a revocation',
    1,
    ['a hold 1-2 held', '- revoke 3-4 revoked', 'a commit 5-6 burned'],
  ],
  [
    'held by another is no final refusal',
    1,
    ['a hold 1-2 held', 'b redeem 3-4 held-by-another', 'a release 5-6 released', 'b redeem 7-8 burned'],
  ],
  [
    'a hold whose answer came so late that it was given back by then',
    1,
    ['a hold 1-9 released', 'b redeem 2-3 already-burned', 'a hold 4-5 held', 'a release 6-7 released'],
  ],
  ['no answer at all', 1, ['a redeem 1-?', 'b redeem 1-?', 'c redeem 1-?']],
  [
    'a released attempt that is told so',
    1,
    ['a hold 1-2 held', 'a release 3-4 released', 'a redeem 5-6 released'],
  ],
];

describe('the history checker', function () {
  this.timeout(PATIENCE_MS);
  for (const [name, uses, lines, expected] of BROKEN) {
    it(`reports ${name}`, () => expect(found(uses, lines).join('\n')).to.match(expected));
  }
  for (const [name, uses, lines] of SOUND) {
    it(`is silent about ${name}`, () => expect(found(uses, lines)).to.deep.equal([]));
  }

  it('keeps tokens apart', () => {
    const history = ['a redeem 1-2 burned', 'b redeem 3-4 burned'].map(recorded);
    expect(
      violations(
        history.map((entry, index) => ({ ...entry, token: `T${index}` })),
        () => 1,
      ),
    ).to.deep.equal([]);
  });
});
