import { expect } from 'chai';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const NAME = 'must be 3 to 63 of a-z, 0-9, . and -, beginning and ending with a letter or digit';
const store = (members: object) => ({ stores: { reports: { bucket: 'acme-reports', ...members } } });

describe('the stores of a configuration', () => {
  for (const [what, configuration, problems] of [
    ['no bucket', { stores: { reports: {} } }, ['stores.reports.bucket: is required']],
    ['a bucket that is a way out', store({ bucket: '..' }), [`stores.reports.bucket: ${NAME}`]],
    ['a bucket in upper case', store({ bucket: 'Acme' }), [`stores.reports.bucket: ${NAME}`]],
    ['a bucket with a slash', store({ bucket: 'acme/reports' }), [`stores.reports.bucket: ${NAME}`]],
    [
      'a region that is none',
      store({ region: 'eu central' }),
      ['stores.reports.region: must be a region, such as eu-central-1'],
    ],
    [
      'every region',
      store({ region: '*' }),
      ['stores.reports.region: must be a region, such as eu-central-1'],
    ],
    [
      'a prefix with a slash at the beginning',
      store({ prefix: '/tenants/' }),
      ['stores.reports.prefix: must not begin with /'],
    ],
    [
      'a prefix that climbs',
      store({ prefix: 'a/../' }),
      ['stores.reports.prefix: must not have . or .. between slashes'],
    ],
    [
      'an endpoint that is no URL',
      store({ endpoint: 'localhost:9000' }),
      ['stores.reports.endpoint: must be an http or https URL'],
    ],
    [
      'an endpoint of another scheme',
      store({ endpoint: 's3://x' }),
      ['stores.reports.endpoint: must be an http or https URL'],
    ],
    [
      'an endpoint with a blank',
      store({ endpoint: 'http://x y' }),
      ['stores.reports.endpoint: must be an http or https URL'],
    ],
    [
      'an endpoint with a line feed',
      store({ endpoint: 'http://x\n' }),
      ['stores.reports.endpoint: must be an http or https URL'],
    ],
    [
      'an endpoint with a query',
      store({ endpoint: 'http://x/?a' }),
      ['stores.reports.endpoint: must have no query and no fragment'],
    ],
    [
      'an endpoint with a fragment',
      store({ endpoint: 'http://x/#a' }),
      ['stores.reports.endpoint: must have no query and no fragment'],
    ],
    [
      'an endpoint with a password',
      store({ endpoint: 'http://u:p@x' }),
      ['stores.reports.endpoint: must have no user name and no password'],
    ],
    ...[
      { endpoint: 'https://acme-reports.s3.example.com' },
      { endpoint: 'https://Acme-Reports.s3.example.com:9000/' },
      { endpoint: 'https://s3.example.com/acme-reports', pathStyle: true },
      { endpoint: 'https://s3.example.com/in/acme-reports/', pathStyle: true },
    ].map((members): [string, object, string[]] => [
      `an endpoint that has the bucket already: ${members.endpoint}`,
      store(members),
      [
        'stores.reports.endpoint: must not have the bucket in it: it is put there, in front of the host or, with pathStyle, in the path',
      ],
    ]),
    [
      'credentials',
      store({ accessKeyId: 'A', secretAccessKey: 's' }),
      ['stores.reports.accessKeyId: is not known here', 'stores.reports.secretAccessKey: is not known here'],
    ],
    ['more than a week', store({ maxExpiresIn: '8d' }), ['stores.reports.maxExpiresIn: must be 1s to 7d']],
    ['no time', store({ maxExpiresIn: '0s' }), ['stores.reports.maxExpiresIn: must be 1s to 7d']],
    [
      'a slip of the pen',
      store({ pathstyle: true }),
      ['stores.reports.pathstyle: is not known here (did you mean pathStyle?)'],
    ],
    [
      'a store that only a caller knows',
      { ...store({}), callers: { c: { keySha256: ['a'.repeat(64)], s3: ['report', 'x'] } } },
      ['callers.c.s3: no store is named report (did you mean reports?)', 'callers.c.s3: no store is named x'],
    ],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(problemsOf(configuration)).to.deep.equal(problems);
    });
  }

  it('are what the file says, with the defaults that it leaves', () => {
    const file = {
      stores: {
        reports: { bucket: 'acme-reports' },
        uploads: {
          bucket: 'acme-uploads',
          region: 'eu-central-1',
          prefix: 'in',
          endpoint: 'https://s3.example.com/x',
          pathStyle: true,
          profile: 'p',
          maxExpiresIn: '7d',
        },
      },
      callers: { c: { keySha256: ['a'.repeat(64)], s3: ['reports'] } },
    };
    const { stores, callers } = parseSettings(JSON.stringify(file), {}, 'x');
    expect([...stores]).to.deep.equal([
      [
        'reports',
        { name: 'reports', bucket: 'acme-reports', prefix: '', pathStyle: false, maxExpiresInSeconds: 900 },
      ],
      [
        'uploads',
        {
          name: 'uploads',
          bucket: 'acme-uploads',
          region: 'eu-central-1',
          prefix: 'in/',
          endpoint: 'https://s3.example.com/x',
          pathStyle: true,
          profile: 'p',
          maxExpiresInSeconds: 604_800,
        },
      ],
    ]);
    expect(callers.map(({ s3 }) => s3)).to.deep.equal([new Set(['reports'])]);
  });
});

describe('what purposes open', () => {
  const opening = (
    s3: object,
    claims: object = {
      key: { type: 'string' },
      tags: { type: 'array' },
      size: { type: ['integer', 'null'] },
      any: {},
    },
  ) => ({
    ...store({ prefix: 'tenants/', maxExpiresIn: '5m' }),
    purposes: {
      p: {
        audience: 'a',
        lifetime: '5m',
        claims: { type: 'object', properties: claims },
        opens: { s3: { store: 'reports', ...s3 } },
      },
    },
  });
  const AT = 'purposes.p.opens.s3';

  for (const [what, configuration, problems] of [
    [
      'nothing named',
      { purposes: { p: { audience: 'a', lifetime: '5m', opens: {} } } },
      ['purposes.p.opens.s3: is required'],
    ],
    ['no key', opening({}), [`${AT}.key: is required`]],
    [
      'an unknown store',
      opening({ store: 'report', key: 'k' }),
      [`${AT}.store: no store is named report (did you mean reports?): there are reports`],
    ],
    [
      'an unknown operation',
      opening({ operation: 'delete', key: 'k' }),
      [`${AT}.operation: must be one of get, put, post`],
    ],
    [
      'a claim that is not declared',
      opening({ key: '{claims.kee}' }),
      [`${AT}.key: has {claims.kee}, but the purpose declares no such claim (did you mean key?)`],
    ],
    [
      'a claim that every object has',
      opening({ key: '{claims.toString}' }),
      [`${AT}.key: has {claims.toString}, but the purpose declares no such claim`],
    ],
    [
      'a claim that is a list',
      opening({ key: '{claims.tags}' }),
      [`${AT}.key: has {claims.tags}, but that claim is not a string or number`],
    ],
    [
      'an unknown placeholder',
      opening({ key: '{tenant}' }),
      [`${AT}.key: has {tenant}, which is not known here: use {subject} or {claims.<name>}`],
    ],
    [
      'more time than its store allows',
      opening({ key: 'k', for: '6m' }),
      [`${AT}.for: must be 1s to 300s, the most that the store reports allows`],
    ],
    [
      'a term of another operation',
      opening({ key: 'k', maxLength: 5 }),
      [`${AT}.maxLength: is only for the operation post`],
    ],
    [
      'a length that is no number',
      opening({ operation: 'put', key: 'k', contentLength: -1 }),
      [`${AT}.contentLength: must be at least 0`],
    ],
    [
      'several mistakes',
      opening({ key: '/{subject', filename: '{claims.x}', for: '6m' }),
      [
        `${AT}.key: has a brace without its partner`,
        `${AT}.filename: has {claims.x}, but the purpose declares no such claim`,
        `${AT}.for: must be 1s to 300s, the most that the store reports allows`,
      ],
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(problemsOf(configuration)).to.deep.equal(problems);
    });
  }

  it('is refused with claims where the purpose has none', () => {
    const file = {
      ...store({}),
      purposes: {
        p: { audience: 'a', lifetime: '5m', opens: { s3: { store: 'reports', key: '{claims.key}' } } },
      },
    };
    expect(problemsOf(file)).to.deep.equal([
      `${AT}.key: has {claims.key}, but the purpose declares no such claim`,
    ]);
  });

  it('is known by purpose, with the key as a whole', () => {
    const file = opening({
      operation: 'put',
      key: '{subject}/{claims.key}',
      contentLength: '{claims.size}',
      contentType: '{claims.any}',
    });
    const { opens } = parseSettings(JSON.stringify(file), {}, 'x');
    expect([...opens]).to.deep.equal([
      [
        'p',
        {
          store: 'reports',
          operation: 'put',
          key: { parts: ['tenants/', { path: 'subject' }, '/', { path: 'claims.key', claim: 'key' }] },
          terms: {
            contentType: { parts: [{ path: 'claims.any', claim: 'any' }] },
            contentLength: { parts: [{ path: 'claims.size', claim: 'size' }] },
          },
          expiresInSeconds: 60,
        },
      ],
    ]);
  });
});
