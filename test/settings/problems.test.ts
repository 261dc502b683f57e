import { expect } from 'chai';
import { SHIPPED_TEXTS } from '../../src/pages/texts.ts';
import { parseSettings, SettingsError } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const DIGEST = 'a'.repeat(64);
const PURPOSE = { audience: 'app', lifetime: '5m' };
const LIFETIME = 'must be 1s to 60m: for anything longer use a session';
const durationOf = (range: string, example: string) =>
  `must be a whole number with a unit (s, m, h or d), ${range}, such as ${example}`;
const DURATION = durationOf('1s to 60m', '15m');
const NAME = 'must be 1 to 32 of a-z, 0-9 and -, not beginning or ending with -';

const purpose = (members: object) => ({ purposes: { p: { ...PURPOSE, ...members } } });
const caller = (members: object) => ({ callers: { c: { keySha256: [DIGEST], ...members } } });

describe('a configuration with mistakes', () => {
  for (const [what, configuration, problems] of [
    ['an unknown setting', { shape: 1 }, ['shape: is not known here']],
    [
      'neighbours in the wrong order, in short names',
      { purposes: { p: { ...PURPOSE, ilve: 1, usse: 2, bnid: {} } } },
      [
        'purposes.p.ilve: is not known here (did you mean live?)',
        'purposes.p.usse: is not known here (did you mean uses?)',
        'purposes.p.bnid: is not known here (did you mean bind?)',
      ],
    ],
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
    [
      'a mistake in one part, and others that do not fit together',
      {
        workers: 'many',
        purposes: {
          p: { ...PURPOSE, lifetime: '15' },
          s: {
            ...PURPOSE,
            sealed: ['email'],
            opens: { s3: { store: 'rep', operation: 'get', key: 'k', for: '60s' } },
          },
        },
        callers: {
          broken: { keySha256: ['x'], mint: ['nope'], inspekt: true },
          c: { keySha256: [DIGEST], mint: ['p', 'q'], s3: ['reports', 'rep'], audience: 'ap' },
        },
        stores: { reports: { bucket: 'B' } },
      },
      [
        'workers: must be a whole number from 1 to 256, or auto',
        'callers.broken.keySha256.0: must be a SHA-256 in lower-case hex',
        'callers.broken.inspekt: is not known here (did you mean inspect?)',
        `purposes.p.lifetime: ${DURATION}`,
        'stores.reports.bucket: must be 3 to 63 of a-z, 0-9, . and -, beginning and ending with a letter or digit',
        'purposes.s.sealed: no claim is named email',
        'purposes.s.opens.s3.store: no store is named rep: there are reports',
        'callers.c.mint: no purpose is named q (did you mean p?)',
        'callers.c.audience: no purpose has the audience ap (did you mean app?)',
        'callers.c.s3: no store is named rep',
      ],
    ],
    [
      'a purpose without an audience, which a caller may yet be',
      {
        purposes: { p: { lifetime: '5m' } },
        callers: { c: { keySha256: [DIGEST], redeem: ['p'], audience: 'x' } },
      },
      ['purposes.p.audience: is required'],
    ],
    [
      'a section under another name, to which others refer',
      { purpose: { p: PURPOSE }, callers: { c: { keySha256: [DIGEST], redeem: ['p'] } } },
      ['purpose: is not known here (did you mean purposes?)'],
    ],
    [
      'pages with a slip of the pen, whose language a link speaks',
      {
        purposes: { p: { ...PURPOSE, link: { text: { fi: { title: 'Hei' } } } } },
        pages: { colour: 'red', texts: { fi: SHIPPED_TEXTS.get('en') } },
      },
      ['pages.colour: is not known here (did you mean color?)'],
    ],
    [
      'a ledger that is none, with keys in it',
      { ledger: { redis: 5 }, keys: { in: 'redis' }, pages: { colour: 'red' } },
      [
        'ledger.redis: must be a redis:// or rediss:// URL, unix:///path.sock, or an object with url, sentinels and name, or cluster',
        'pages.colour: is not known here (did you mean color?)',
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
    ['a tolerance of 61 seconds', { clockTolerance: '61s' }, ['clockTolerance: must be 0s to 60s']],
    [
      'a tolerance without a unit',
      { clockTolerance: '5' },
      [`clockTolerance: ${durationOf('0s to 60s', '5s')}`],
    ],
    [
      'a purpose that is empty',
      { purposes: { p: null } },
      ['purposes.p: has no value: write its settings, or {}'],
    ],
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

  for (const [what, text, problem] of [
    ['a tab', 'listen:\n\tport: 1', 'line 2, column 1: a tab is not indentation: use spaces'],
    [
      'a second colon',
      'pages: { name: x }\nissuer: a: b',
      'line 2, column 9: a second colon with a space after it: put the value in quotes, as in title: "Step 1: choose"',
    ],
    [
      'an unclosed quote',
      'issuer: "x',
      `line 1, column 11: a quote (" or ') is opened here or before, and never closed`,
    ],
    [
      'an unclosed bracket',
      'purposes: [1',
      'line 1, column 13: a [ or { is opened here or before, and never closed',
    ],
    [
      'a comment that swallows a bracket',
      'pages: { color: #fff }\nissuer: https://a',
      'line 2, column 1: a # begins a comment: put the value in quotes, as in "#1f5fd1"',
    ],
    [
      'a template inside a map in one line',
      'opens: { s3: { store: r, key: a/{subject} } }',
      'line 1, column 33: a value with { } must be in quotes, as in "{subject}/report.pdf"',
    ],
    [
      'a setting that comes twice',
      'issuer: a\nissuer: b',
      'line 2, column 1: the name of this line is there before, in the same map: remove one of them',
    ],
    [
      'a caller that comes twice',
      `callers:\n  a: { keySha256: [${DIGEST}] }\n  a: { keySha256: [${DIGEST}] }`,
      'line 3, column 3: the name of this line is there before, in the same map: remove one of them',
    ],
    [
      'two documents',
      'issuer: https://a\n---\nissuer: https://b',
      'line 2, column 1: a second document begins here (---): a configuration is only one',
    ],
    [
      'an anchor that is not there',
      'issuer: *nowhere',
      'line 1, column 9: a value that begins with * stands for one that is marked with &, and there is none of that name before it. Put a text in quotes, as in "*"',
    ],
    [
      'a lone asterisk',
      'issuer: *',
      'line 1, column 9: a value that begins with * or & must be in quotes, as in "*"',
    ],
    [
      'aliases that multiply',
      `a: &a [${'1,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]`,
      'has aliases (*) that make it far too large',
    ],
    [
      'a merge key',
      `purposes:\n  p: &p { audience: a, lifetime: 5m }\n  q:\n    <<: *p\n    uses: 2`,
      'line 4, column 5: merge keys (<<) are not read: write each setting out where it belongs',
    ],
    [
      'a variable inside a map in one line',
      `ledger: { redis: \${REDIS_URL}, shards: 4 }`,
      `line 1, column 19: inside { } and [ ], a value with \${NAME} must be in quotes, as in "\${NAME}"`,
    ],
    [
      'a template that begins with a brace',
      'key: {subject}/x',
      'line 1, column 15: a value with { } must be in quotes, as in "{subject}/report.pdf"',
    ],
    [
      'a password that begins with an exclamation mark',
      'password: !hunter2',
      'line 1, column 11: a value that begins with ! must be in quotes, as in "!x"',
    ],
    [
      'a value that begins with an at sign',
      'password: @hunter2',
      'line 1, column 11: a value that begins with @, % or ` must be in quotes, as in "@acme"',
    ],
    [
      'a backslash in double quotes',
      'password: "hun\\ter2 \\q"',
      'line 1, column 21: a \\ in double quotes must be written \\\\; in single quotes it stands for itself',
    ],
    [
      'lines that are not equally far in',
      'listen:\n  port: 1\n host: x',
      'line 3, column 1: this line is not as far in as those that it belongs with',
    ],
    [
      'a line without a colon',
      'hunter2\nissuer: https://a',
      'line 1, column 1: a line before this has no colon: write it as name: value',
    ],
  ] as const) {
    it(`is told once of YAML that cannot be read: ${what}`, () => {
      expect(problemsOf(text)).to.deep.equal([`: ${problem}`]);
    });
  }

  it('is told of no line of the YAML that cannot be read: a password may stand there', () => {
    for (const text of [
      'ledger:\n  redis: {password: "hunter2\n',
      'a: hunter2: b',
      'a: [hunter2',
      'hunter2: 1\nhunter2: 2',
      'a: *hunter2',
      'a: !hunter2 b',
      'hunter2\na: b',
      '"hunter2 x": 1',
      'a: {hunter2}',
    ]) {
      const problems = problemsOf(text);
      expect(problems).to.not.have.lengthOf(0);
      expect(problems.join(), text).to.not.include('hunter2');
    }
  });

  for (const [what, text, problems] of [
    [
      'a color that is a comment',
      'pages:\n  color: #1f5fd1\n  name: Acme',
      ['pages.color: has no value, because # begins a comment: put it in quotes, as in "#1f5fd1"'],
    ],
    [
      'an address that is a comment',
      'ledger:\n  redis: #secret\n',
      ['ledger.redis: has no value, because # begins a comment: put it in quotes, as in "#1f5fd1"'],
    ],
    ['a setting without a value', 'pages:\n  color: # of the button\n', ['pages.color: has no value']],
    ['a section without anything', 'listen:\n', ['listen: has no value: write its settings, or {}']],
    [
      'a missing space after a colon',
      'listen:\n  port:4100',
      ['listen: must be an object, not a string: put a space after each colon, as in name: value'],
    ],
    [
      'a missing space after the only colon',
      'issuer:https://a',
      [': must be an object, not a string: put a space after each colon, as in name: value'],
    ],
    [
      'a template that is a map',
      'pages:\n  name: {subject}',
      [
        'pages.name: must be a string, not an object: a value that begins with { must be in quotes, as in "{subject}"',
      ],
    ],
    [
      'a name that does not look like one',
      'issuer: https://a\nlisten:\n  "the port!": 4100',
      ['listen: has a name that is not known here, in line 3'],
    ],
    [
      'a top-level name that does not look like one',
      '\n"my name": 1',
      [': has a name that is not known here, in line 2'],
    ],
  ] as const) {
    it(`is told what YAML made of ${what}`, () => {
      expect(problemsOf(text)).to.deep.equal(problems);
    });
  }

  for (const lifetime of ['15', '15min', '15 m', '15M', '"15"', '1h30m', '0.5h', '[15m]']) {
    it(`is told once, with an example that is accepted, of a lifetime ${lifetime}`, () => {
      const problems = problemsOf(`purposes: { p: { audience: a, lifetime: ${lifetime} } }`);
      expect(problems).to.deep.equal([`purposes.p.lifetime: ${DURATION}`]);
      const [, example = ''] = /such as (\w+)$/.exec(DURATION) ?? [];
      expect(problemsOf(`purposes: { p: { audience: a, lifetime: ${example} } }`)).to.deep.equal([]);
    });
  }

  it('is told the bounds of the place for every other duration', () => {
    const bad = (text: string) => problemsOf(text)[0];
    expect(bad('listen: { drainDelay: 5 }')).to.equal(`listen.drainDelay: ${durationOf('0s to 10m', '5s')}`);
    expect(bad('limits: { link: { count: 1, per: hour } }')).to.equal(
      `limits.link.per: ${durationOf('1s to 1d', '1h')}`,
    );
    expect(bad('stores: { s: { bucket: abc, maxExpiresIn: 900 } }')).to.equal(
      `stores.s.maxExpiresIn: ${durationOf('1s to 7d', '15m')}`,
    );
    const opens = '{ s3: { store: s, key: k, for: 60 } }';
    expect(
      bad(`stores: { s: { bucket: abc } }\npurposes: { p: { audience: a, lifetime: 5m, opens: ${opens} } }`),
    ).to.equal(`purposes.p.opens.s3.for: ${durationOf('at most what the store allows', '60s')}`);
  });

  it('is told where the words of a link belong', () => {
    const link = (members: string) =>
      problemsOf(`purposes: { p: { audience: a, lifetime: 5m, link: ${members} } }`);
    expect(link('{ title: Reset }')).to.deep.equal([
      'purposes.p.link.title: is not known here (did you mean link.text.<language>.title?)',
    ]);
    expect(link('{ text: { title: Reset } }')).to.have.lengthOf(1);
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
