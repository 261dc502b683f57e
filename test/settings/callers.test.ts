import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { stringify } from 'yaml';
import type { Caller } from '../../src/callers/caller.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const PURPOSES = {
  reset: { audience: 'https://app.example.test', lifetime: '15m' },
  'service-call': { audience: ['billing', 'mailer'], lifetime: '60s' },
};

const configuration = (members: object) => ({
  purposes: PURPOSES,
  callers: { c: { keySha256: ['a'.repeat(64)], ...members } },
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What the caller of these settings may do besides its name and its key. */
function callerOf(members: object | string): Partial<Caller> {
  const text = typeof members === 'string' ? members : stringify(configuration(members));
  const [caller] = parseSettings(text, {}, 'test.yaml').callers;
  if (!caller) throw new Error('there is no caller');
  return caller;
}

describe('a caller in the settings', () => {
  it('is never shown its key, wherever it was put instead of a hash or a name', () => {
    const key = `ms_billing_${'k'.repeat(43)}`;
    for (const misplaced of [
      ...['mint', 'redeem', 'inspect', 'revoke', 's3', 'audience', 'keySha256'].map((setting) =>
        configuration({ [setting]: [key] }),
      ),
      configuration({ [key]: true }),
      configuration({ mint: [key.slice(0, -9)] }),
      { callers: { [key]: { keySha256: ['a'.repeat(64)] } } },
      { callers: { [key]: { keySha256: ['a'.repeat(64)], mint: ['x'] } } },
    ]) {
      const problems = problemsOf(misplaced);
      expect(problems, JSON.stringify(misplaced)).to.not.be.empty;
      expect(problems.join(' ')).to.not.include('kkkk');
    }
  });

  for (const [what, digest, problem] of [
    [
      'a caller key',
      `ms_billing_${'k'.repeat(43)}`,
      'is the key itself: put its SHA-256 here, in lower-case hex',
    ],
    [
      'another secret',
      'S3cr3t+/x'.repeat(4),
      'looks like the key itself: put its SHA-256 here, in lower-case hex',
    ],
    ['a digest in upper case', 'A'.repeat(64), 'must be a SHA-256 in lower-case hex'],
    ['half a digest', 'a'.repeat(32), 'must be a SHA-256 in lower-case hex'],
    ['a digest that says what it is', `sha256:${'a'.repeat(64)}`, 'must be a SHA-256 in lower-case hex'],
    ['an example', '<64 hex characters>', 'must be a SHA-256 in lower-case hex'],
    ['the digest of nothing', sha256(''), 'is the SHA-256 of an empty text: hash the whole caller key'],
    ['the digest of a line end', sha256('\n'), 'is the SHA-256 of an empty text: hash the whole caller key'],
  ] as const) {
    it(`is told what is wrong with ${what} in place of its digest`, () => {
      const problems = problemsOf(configuration({ keySha256: ['a'.repeat(64), digest] }));
      expect(problems).to.deep.equal([`callers.c.keySha256.1: ${problem}`]);
    });
  }

  it('is told that its key stands in place of the list, and that a list is wanted', () => {
    const key = `ms_billing_${'k'.repeat(43)}`;
    for (const [keySha256, problem] of [
      [key, 'is the key itself: put its SHA-256 here, in lower-case hex'],
      ['a'.repeat(64), 'must be a list, not a string'],
    ] as const) {
      expect(problemsOf(configuration({ keySha256 }))).to.deep.equal([`callers.c.keySha256: ${problem}`]);
    }
  });

  it('is refused with the same digest twice', () => {
    const twice = ['a'.repeat(64), 'a'.repeat(64)];
    expect(problemsOf(configuration({ keySha256: twice }))).to.deep.equal([
      'callers.c.keySha256: the same key is listed twice',
    ]);
  });

  for (const name of ['key', 'keys', 'apiKey', 'secret', 'token', 'password', 'hash', 'sha256', 'keyHash']) {
    it(`is told once of keySha256 if it has "${name}", without its value`, () => {
      const [unknown, ...others] = problemsOf({ callers: { c: { [name]: 'hunter2-hunter2' } } }).toReversed();
      expect(unknown).to.equal(
        `callers.c.${name}: is not known here (did you mean keySha256, the SHA-256 of the key and never the key itself?)`,
      );
      expect(others).to.deep.equal([]);
    });
  }

  it('is told of other settings by the near miss', () => {
    expect(problemsOf(configuration({ mints: [], keySha25: [] }))).to.deep.equal([
      'callers.c.mints: is not known here (did you mean mint?)',
      'callers.c.keySha25: is not known here (did you mean keySha256, the SHA-256 of the key and never the key itself?)',
    ]);
    expect(problemsOf({ key: 1 })).to.deep.equal(['key: is not known here (did you mean keys?)']);
  });

  it('may do nothing that it is not given, has no audience, and neither ends nor operates', () => {
    expect(callerOf({})).to.deep.equal({
      name: 'c',
      keySha256: ['a'.repeat(64)],
      mint: new Set(),
      redeem: new Set(),
      inspect: false,
      revoke: false,
      s3: new Set(),
    });
  });

  it('is one audience, or several', () => {
    expect(callerOf({ audience: 'billing' }).audiences).to.deep.equal(new Set(['billing']));
    const both = callerOf({ audience: ['billing', 'https://app.example.test'] }).audiences;
    expect(both).to.deep.equal(new Set(['billing', 'https://app.example.test']));
  });

  it('inspects and revokes all tokens, none, or those of listed purposes', () => {
    for (const scope of [true, false]) {
      expect(callerOf({ inspect: scope, revoke: scope })).to.include({ inspect: scope, revoke: scope });
    }
    const { inspect, revoke } = callerOf({ inspect: ['reset'], revoke: ['service-call', 'reset'] });
    expect(inspect).to.deep.equal(new Set(['reset']));
    expect(revoke).to.deep.equal(new Set(['service-call', 'reset']));
  });

  for (const [written, expected] of [
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2027-01-31T18:30:00Z', '2027-01-31T18:30:00.000Z'],
    ['2027-01-31T00:30:00.5+02:00', '2027-01-30T22:30:00.500Z'],
  ] as const) {
    it(`expires at ${expected} if the file says ${written}, in quotes or not`, () => {
      for (const quoted of [written, `"${written}"`, `'${written}'`]) {
        const text = `callers: { c: { keySha256: [${'a'.repeat(64)}], expires: ${quoted} } }`;
        expect(callerOf(text).expiresAtMs).to.equal(Date.parse(expected));
      }
    });
  }

  it('is disabled by true alone', () => {
    expect(callerOf({ disabled: true }).isDisabled).to.equal(true);
    expect(callerOf({ disabled: false })).to.not.have.property('isDisabled');
  });

  it('operates by looking, or by changing things, which is what true means', () => {
    for (const [operator, expected] of [
      ['view', 'view'],
      ['manage', 'manage'],
      [true, 'manage'],
    ] as const) {
      expect(callerOf({ operator }).operator).to.equal(expected);
    }
  });

  for (const [what, members, problems] of [
    [
      'purposes that are not configured',
      { inspect: ['rest', 'reset'], revoke: ['else'] },
      [
        'callers.c.inspect: no purpose is named rest (did you mean reset?)',
        'callers.c.revoke: no purpose is named else',
      ],
    ],
    [
      'audiences that no purpose has',
      { audience: ['biling', 'mailer', 'nobody'] },
      [
        'callers.c.audience: no purpose has the audience biling (did you mean billing?)',
        'callers.c.audience: no purpose has the audience nobody',
      ],
    ],
    [
      'one audience that no purpose has',
      { audience: 'Mailer' },
      ['callers.c.audience: no purpose has the audience Mailer (did you mean mailer?)'],
    ],
    ['no audience', { audience: [] }, ['callers.c.audience: must have at least 1 item']],
    [
      'an audience with a space',
      { audience: 'a b' },
      ['callers.c.audience: must be 1 to 255 visible ASCII characters'],
    ],
    [
      'a purpose instead of a list',
      { revoke: 'reset' },
      ['callers.c.revoke: must be true, false or a list of purposes'],
    ],
    ['no true nor false', { disabled: 'yes' }, ['callers.c.disabled: must be true or false, not a string']],
    [
      'an operator that there is not',
      { operator: 'admin' },
      ['callers.c.operator: must be view, manage or true, which means manage'],
    ],
    [
      'an operator that is none',
      { operator: false },
      ['callers.c.operator: must be view, manage or true, which means manage'],
    ],
  ] as const) {
    it(`is refused for ${what}`, () => {
      expect(problemsOf(configuration(members))).to.deep.equal(problems);
    });
  }

  for (const expires of [
    '2027-02-30',
    '2027-02-29',
    '2027-1-31',
    '31.01.2027',
    '20270131',
    '2027-01-31 18:00:00Z',
    '2027-01-31T18:00Z',
    '2027-01-31T18:00:00',
    '2027-01-31T24:00:00Z',
    '2027-01-31T18:00:00+25:00',
    'never',
    '',
    1_800_000_000,
    null,
  ]) {
    it(`is refused if it expires at ${JSON.stringify(expires)}`, () => {
      expect(problemsOf(configuration({ expires }))).to.deep.equal([
        'callers.c.expires: must be a date such as 2027-01-31, or an RFC 3339 time such as 2027-01-31T18:00:00Z',
      ]);
    });
  }
});
