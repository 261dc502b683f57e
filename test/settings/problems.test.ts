import { expect } from 'chai';
import { parseSettings, SettingsError } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const DIGEST = 'a'.repeat(64);
const PURPOSE = { audience: 'app', lifetime: '5m' };
const LIFETIME = 'must be 1s to 60m: for anything longer use a session';
const DURATION = 'must be a whole number with a unit: 60s, 15m, 2h or 30d';
const NAME = 'must be 1 to 32 of a-z, 0-9 and -, not beginning or ending with -';

const purpose = (members: object) => ({ purposes: { p: { ...PURPOSE, ...members } } });
const caller = (members: object) => ({ callers: { c: { keySha256: [DIGEST], ...members } } });

describe('a configuration with mistakes', () => {
  for (const [what, configuration, problems] of [
    ['an unknown setting', { shape: 1 }, ['shape: is not known here']],
    ['a slip of the pen', { isuer: 'x' }, ['isuer: is not known here (did you mean issuer?)']],
    [
      'slips in every section',
      {
        Listen: {},
        ledger: { rediss: 'x' },
        keys: { algoritm: 'ES256' },
        callers: { c: { keySha256: [DIGEST], inspekt: true } },
        purposes: { p: { ...PURPOSE, claim: {} } },
      },
      [
        'ledger.rediss: is not known here (did you mean redis?)',
        'keys.algoritm: is not known here (did you mean algorithm?)',
        'callers.c.inspekt: is not known here (did you mean inspect?)',
        'purposes.p.claim: is not known here (did you mean claims?)',
        'Listen: is not known here (did you mean listen?)',
      ],
    ],
    [
      'a slip in a setting that is required',
      { purposes: { p: { audiense: 'app', lifetme: '5m' } } },
      [
        'purposes.p.audience: is required',
        'purposes.p.lifetime: is required',
        'purposes.p.audiense: is not known here (did you mean audience?)',
        'purposes.p.lifetme: is not known here (did you mean lifetime, such as 15m?)',
      ],
    ],
    [
      'what others call a setting',
      { iss: 'https://x.example', purposes: { p: { ...PURPOSE, ttl: '5m', expires_in: 300, aud: 'app' } } },
      [
        'purposes.p.ttl: is not known here (did you mean lifetime, such as 15m?)',
        'purposes.p.expires_in: is not known here (did you mean lifetime, such as 15m?)',
        'purposes.p.aud: is not known here (did you mean audience?)',
        'iss: is not known here (did you mean issuer?)',
      ],
    ],
    ['no map', '[]', [': must be an object, not a list']],
    ['a word', 'matchstick', [': must be an object, not a string']],
    ['a section that is no map', { listen: 4100 }, ['listen: must be an object, not a number']],
    ['an issuer that is no URL', { issuer: 'matchstick' }, ['issuer: must be an http or https URL']],
    ['an issuer of another scheme', { issuer: 'ftp://x.example' }, ['issuer: must be an http or https URL']],
    [
      'an issuer with a slash at the end',
      { issuer: 'https://x.example/' },
      ['issuer: must have no query, no fragment and no slash at the end'],
    ],
    [
      'an issuer with a query',
      { issuer: 'https://x.example?a' },
      ['issuer: must have no query, no fragment and no slash at the end'],
    ],
    [
      'a port that is none, and other numbers out of range',
      { listen: { port: 65_536, proxyHops: -1 }, ledger: { shards: 257, timeoutMs: 49 } },
      [
        'listen.port: must be at most 65,535',
        'listen.proxyHops: must be at least 0',
        'ledger.shards: must be at most 256',
        'ledger.timeoutMs: must be at least 50',
      ],
    ],
    ['half a port', { listen: { port: 80.5 } }, ['listen.port: must be a whole number']],
    [
      'an unknown algorithm',
      { keys: { algorithm: 'HS256' } },
      ['keys.algorithm: must be one of ES256, Ed25519'],
    ],
    [
      'a Redis that is none',
      { ledger: { redis: 'localhost' } },
      [
        'ledger.redis: must be a redis:// or rediss:// URL, unix:///path.sock, or an object with url, sentinels and name, or cluster',
      ],
    ],
    ['a namespace with blanks', { ledger: { namespace: 'my ledger' } }, [`ledger.namespace: ${NAME}`]],
    ['a tolerance of 61 seconds', { clockTolerance: '61s' }, ['clockTolerance: must be at most 60s']],
    ['a tolerance without a unit', { clockTolerance: '5' }, [`clockTolerance: ${DURATION}`]],
    ['a purpose that is empty', { purposes: { p: null } }, ['purposes.p: must be an object, not null']],
    ['a lifetime of 61 minutes', purpose({ lifetime: '61m' }), [`purposes.p.lifetime: ${LIFETIME}`]],
    ['a lifetime of 3,601 seconds', purpose({ lifetime: '3601s' }), [`purposes.p.lifetime: ${LIFETIME}`]],
    ['a lifetime of a day', purpose({ lifetime: '1d' }), [`purposes.p.lifetime: ${LIFETIME}`]],
    ['no lifetime at all', purpose({ lifetime: '0s' }), [`purposes.p.lifetime: ${LIFETIME}`]],
    ['a lifetime in words', purpose({ lifetime: 'five minutes' }), [`purposes.p.lifetime: ${DURATION}`]],
    ['a lifetime below zero', purpose({ lifetime: '-5m' }), [`purposes.p.lifetime: ${DURATION}`]],
    ['half a minute', purpose({ lifetime: '0.5m' }), [`purposes.p.lifetime: ${DURATION}`]],
    ['a bare number as lifetime', purpose({ lifetime: 900 }), [`purposes.p.lifetime: ${DURATION}`]],
    ['no audience', purpose({ audience: [] }), ['purposes.p.audience: must have at least 1 item']],
    [
      'an audience with a blank',
      purpose({ audience: ['app', 'my app'] }),
      ['purposes.p.audience.1: must be 1 to 255 visible ASCII characters'],
    ],
    [
      'an audience that looks like another',
      purpose({ audience: ['\u0430pp'] }),
      ['purposes.p.audience.0: must be 1 to 255 visible ASCII characters'],
    ],
    ['a caller without a key', { callers: { c: {} } }, ['callers.c.keySha256: is required']],
    [
      'the key itself instead of its digest',
      caller({ keySha256: [`ms_c_${'A'.repeat(43)}`] }),
      ['callers.c.keySha256.0: is the key itself: put its SHA-256 here, in lower-case hex'],
    ],
    [
      'a digest in upper case',
      caller({ keySha256: [DIGEST.toUpperCase()] }),
      ['callers.c.keySha256.0: must be a SHA-256 in lower-case hex'],
    ],
    ['no digest', caller({ keySha256: [] }), ['callers.c.keySha256: must have at least 1 item']],
    [
      'three digests',
      caller({ keySha256: [DIGEST, 'b'.repeat(64), 'c'.repeat(64)] }),
      ['callers.c.keySha256: must have at most 2 items'],
    ],
    [
      'a right that is no yes or no',
      caller({ inspect: 'all' }),
      ['callers.c.inspect: must be true, false or a list of purposes'],
    ],
    [
      'one key of two callers',
      { callers: { a: { keySha256: [DIGEST] }, b: { keySha256: ['b'.repeat(64), DIGEST] } } },
      ['callers.b.keySha256: the same key is listed for a'],
    ],
    [
      'rights for purposes that are not there',
      { ...purpose({}), ...caller({ mint: ['p', 'q'], redeem: ['pp', 'else'] }) },
      [
        'callers.c.mint: no purpose is named q (did you mean p?)',
        'callers.c.redeem: no purpose is named pp (did you mean p?)',
        'callers.c.redeem: no purpose is named else',
      ],
    ],
    [
      'rights, keys and claims that do not fit together, all at once',
      {
        purposes: { p: { ...PURPOSE, claims: { type: 'string' } } },
        callers: { a: { keySha256: [DIGEST], mint: ['x'] }, b: { keySha256: [DIGEST], redeem: ['y'] } },
      },
      [
        'purposes.p.claims: must have "type: object"',
        'callers.a.mint: no purpose is named x (did you mean p?)',
        'callers.b.redeem: no purpose is named y (did you mean p?)',
        'callers.b.keySha256: the same key is listed for a',
      ],
    ],
  ] as const) {
    it(`is told of ${what}`, () => {
      expect(problemsOf(configuration)).to.deep.equal(problems);
    });
  }

  for (const section of ['callers', 'purposes']) {
    it(`is told what a name may be in ${section}`, () => {
      for (const bad of ['My App', 'UPPER', '-a', 'a-', 'a_b', 'a.b', 'a'.repeat(33)]) {
        const members = section === 'callers' ? { keySha256: [DIGEST] } : PURPOSE;
        expect(problemsOf({ [section]: { [bad]: members } }), bad).to.deep.equal([
          `${section}.${bad}: ${NAME}`,
        ]);
      }
    });
  }

  it('is accepted with lifetimes of 1 second and of 60 minutes, however they are written', () => {
    for (const [lifetime, seconds] of [
      ['1s', 1],
      ['60m', 3600],
      ['3600s', 3600],
      ['1h', 3600],
    ] as const) {
      const { purposes } = parseSettings(JSON.stringify(purpose({ lifetime })), {}, 'x');
      expect(purposes.get('p')?.lifetimeSeconds).to.equal(seconds);
    }
  });

  it('is accepted with limits for a second up to a day, and no longer', () => {
    const limited = (per: string) => purpose({ limit: { count: 1, per } });
    for (const [per, seconds] of [
      ['1s', 1],
      ['24h', 86_400],
      ['1d', 86_400],
    ] as const) {
      const { purposes } = parseSettings(JSON.stringify(limited(per)), {}, 'x');
      expect(purposes.get('p')?.limit).to.deep.equal({ count: 1, perSeconds: seconds });
    }
    for (const per of ['0s', '86401s']) {
      expect(problemsOf(limited(per))).to.deep.equal(['purposes.p.limit.per: must be 1s to 1d']);
    }
  });

  it('is accepted with names that are properties of every object', () => {
    const { purposes } = parseSettings('purposes: { constructor: { audience: a, lifetime: 5m } }', {}, 'x');
    expect([...purposes.keys()]).to.deep.equal(['constructor']);
    expect(problemsOf('{ __proto__: { issuer: x } }')).to.deep.equal(['__proto__: is not known here']);
  });

  for (const [what, text, message] of [
    ['a tab', '\tissuer: x', /Tabs are not allowed as indentation at line 1/],
    ['a colon too many', 'issuer: a: b', /at line 1, column/],
    ['an unclosed quote', 'issuer: "x', /at line 1/],
    ['an unclosed bracket', 'purposes: { a: [1', /at line 1/],
    ['a setting that comes twice', 'issuer: a\nissuer: b', /^: Map keys must be unique at line 2/],
    [
      'a caller that comes twice',
      `callers:\n  a: { keySha256: [${DIGEST}] }\n  a: { keySha256: [${DIGEST}] }`,
      /^: Map keys must be unique at line 3/,
    ],
    ['two documents', 'issuer: https://a\n---\nissuer: https://b', /multiple documents/],
    ['an anchor that is not there', 'issuer: *nowhere', /nowhere/],
    [
      'aliases that multiply',
      `a: &a [${'1,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]`,
      /alias/i,
    ],
  ] as const) {
    it(`is told of YAML that cannot be read: ${what}`, () => {
      const problems = problemsOf(text);
      expect(problems).to.not.have.lengthOf(0);
      expect(problems[0]).to.match(message);
    });
  }

  it('is told of no line of the YAML that cannot be read: a password may stand there', () => {
    for (const text of [
      'ledger:\n  redis: {password: "hunter2\n',
      'a: hunter2: b',
      'a: [hunter2',
      'hunter2: 1\nhunter2: 2',
    ]) {
      const problems = problemsOf(text);
      expect(problems).to.not.have.lengthOf(0);
      expect(problems.join(), text).to.not.include('hunter2');
    }
  });

  it('is told of every mistake in the YAML at once', () => {
    expect(problemsOf('issuer: a\nissuer: b\nlisten: {}\nlisten: {}')).to.have.lengthOf(2);
  });

  it('is named in the error, with one line for each problem', () => {
    const told = (text: string): string => {
      try {
        parseSettings(text, {}, '/etc/matchstick.yaml');
        return '';
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        return error.message;
      }
    };
    expect(told('isuer: x')).to.equal(
      '/etc/matchstick.yaml has a problem:\n  isuer: is not known here (did you mean issuer?)',
    );
    expect(told('{ a: 1, b: 2 }')).to.equal(
      '/etc/matchstick.yaml has 2 problems:\n  a: is not known here\n  b: is not known here',
    );
    expect(told('[]')).to.equal('/etc/matchstick.yaml has a problem:\n  must be an object, not a list');
  });

  it('cannot be changed once it is parsed', () => {
    expect(Object.isFrozen(parseSettings('', {}, 'x'))).to.equal(true);
  });
});
