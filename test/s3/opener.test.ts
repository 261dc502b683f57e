import { expect } from 'chai';
import fc from 'fast-check';
import type { OpeningToken } from '../../src/burn/opening.ts';
import type { Opens } from '../../src/contract/replies.ts';
import { MatchstickError } from '../../src/errors.ts';
import { s3Opener } from '../../src/s3/opener.ts';
import { type OpensSettings, parseOpeningRules } from '../../src/s3/opening-rules.ts';
import type { StorePolicy } from '../../src/s3/store-policy.ts';
import type { JsonObject } from '../../src/token/json-value.ts';
import { policyOf, storeOf } from './store-of.ts';

const AT_MS = 1_800_000_000_000;

async function openerOf(settings: Partial<OpensSettings>, store: Partial<StorePolicy> = {}) {
  const asked: OpensSettings = { operation: 'get', key: 'tenants/{subject}/{claims.key}', ...settings };
  const policy = parseOpeningRules(asked, policyOf(store), () => undefined);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return s3Opener(policy.value, await storeOf(store));
}

type OpenerOf = Awaited<ReturnType<typeof openerOf>>;

const tokenOf = (claims: JsonObject, subject = 'user-42'): OpeningToken => ({ subject, claims });

async function opened(opener: OpenerOf, token: OpeningToken, atMs = AT_MS): Promise<Opens> {
  const open = await opener.ready();
  return await open(token, atMs);
}

const problemsOf = (opener: OpenerOf, token: OpeningToken) =>
  opener.problems(token).map(({ path, message }) => `${path}: ${message}`);

const keyOf = ({ url }: Opens) => decodeURIComponent(new URL(url).pathname.slice(1));

describe('an opener', () => {
  it('opens the object that the token names, for as long as its purpose says', async () => {
    const opener = await openerOf({ filename: '{claims.filename}', contentType: 'application/pdf', for: 30 });
    const token = tokenOf({ key: '2026/march report.pdf', filename: 'März.pdf' });
    expect(opener.problems(token)).to.deep.equal([]);
    const opening = await opened(opener, token);
    const query = new URL(opening.url).searchParams;
    expect(keyOf(opening)).to.equal('tenants/user-42/2026/march report.pdf');
    expect(query.get('response-content-type')).to.equal('application/pdf');
    expect(query.get('response-content-disposition')).to.equal(
      `attachment; filename="M?rz.pdf"; filename*=UTF-8''M%C3%A4rz.pdf`,
    );
    expect(query.get('X-Amz-Expires')).to.equal('30');
    expect(query.get('X-Amz-Date')).to.equal('20270115T080000Z');
    expect(opening).to.include({ method: 'GET', expiresAt: '2027-01-15T08:00:30.000Z' });
  });

  it('opens the same again for the same redemption', async () => {
    const opener = await openerOf({});
    const token = tokenOf({ key: 'k' });
    expect(await opened(opener, token, AT_MS + 1)).to.deep.equal(await opened(opener, token, AT_MS + 700));
  });

  it('leaves out what an optional claim does not say', async () => {
    const opener = await openerOf({ filename: '{claims.filename}', contentType: '{claims.a}/{claims.b}' });
    const query = new URL((await opened(opener, tokenOf({ key: 'a/k.pdf', a: 'text' }))).url).searchParams;
    expect(query.get('response-content-disposition')).to.equal('attachment; filename=k.pdf');
    expect(query.has('response-content-type')).to.equal(false);
  });

  it('takes lengths from numbers, written as numbers or as text', async () => {
    const put = await openerOf({ operation: 'put', contentLength: '{claims.size}' });
    for (const size of [5, '5']) {
      const { headers } = await opened(put, tokenOf({ key: 'k', size }));
      expect(headers?.['Content-Length']).to.equal('5');
    }
    const post = await openerOf({ operation: 'post', maxLength: 1000 });
    const { fields = {} } = await opened(post, tokenOf({ key: 'k' }));
    const policy = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString());
    expect(policy.conditions).to.deep.include(['content-length-range', 0, 1000]);
  });

  for (const [what, token, problems] of [
    ['no key', tokenOf({}), ['claims.key: is needed for the key of the object, as a text or a number']],
    [
      'a list as key',
      tokenOf({ key: ['a'] }),
      ['claims.key: is needed for the key of the object, as a text or a number'],
    ],
    [
      'an empty key',
      tokenOf({ key: '' }),
      ['claims.key: is a part of the key of an object: must not be empty'],
    ],
    [
      'a key that climbs',
      tokenOf({ key: '../user-43/k' }),
      ['claims.key: is a part of the key of an object: must not have . or .. between slashes'],
    ],
    [
      'a key that climbs at its end',
      tokenOf({ key: 'a/..' }),
      ['claims.key: is a part of the key of an object: must not have . or .. between slashes'],
    ],
    [
      'a key that begins with a slash',
      tokenOf({ key: '/k' }),
      ['claims.key: is a part of the key of an object: must not begin with /'],
    ],
    [
      'a key that ends with a slash',
      tokenOf({ key: 'k/' }),
      ['claims.key: is a part of the key of an object: must not end with /'],
    ],
    [
      'a key with an empty segment',
      tokenOf({ key: 'a//k' }),
      ['claims.key: is a part of the key of an object: must not have // in it'],
    ],
    [
      'a key with a line feed',
      tokenOf({ key: 'a\nk' }),
      ['claims.key: is a part of the key of an object: must not have control characters'],
    ],
    [
      'a subject with a slash',
      tokenOf({ key: 'k' }, 'user-42/user-43'),
      ['subject: is a part of the key of an object: must not have / in the middle of a key'],
    ],
    [
      'a subject that climbs',
      tokenOf({ key: 'k' }, '..'),
      ['subject: is a part of the key of an object: must not have . or .. between slashes'],
    ],
    [
      'both wrong',
      tokenOf({ key: '' }, '.'),
      [
        'subject: is a part of the key of an object: must not have . or .. between slashes',
        'claims.key: is a part of the key of an object: must not be empty',
      ],
    ],
    [
      'a key that is too long as a whole',
      tokenOf({ key: 'k'.repeat(1009) }),
      ['claims.key: the key of the object must be at most 1024 octets in UTF-8'],
    ],
    [
      'a file name with a line feed',
      tokenOf({ key: 'k', filename: 'a\nb' }),
      [
        'claims.filename: is a part of the filename of what is opened, which must not have control characters',
      ],
    ],
    [
      'a file name with a slash',
      tokenOf({ key: 'k', filename: '../x' }),
      [
        'claims.filename: is a part of the filename of what is opened, which must be a name, without / and \\',
      ],
    ],
  ] as const satisfies readonly (readonly [string, OpeningToken, readonly string[]])[]) {
    it(`says before the mint that a token with ${what} could open nothing`, async () => {
      const opener = await openerOf({ filename: '{claims.filename}' });
      expect(problemsOf(opener, token)).to.deep.equal(problems);
      const failure = await opened(opener, token).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(MatchstickError).with.property('code', 'internal');
    });
  }

  it('says that a form needs the length that a claim would have given', async () => {
    const opener = await openerOf({ operation: 'post', maxLength: '{claims.max}' });
    expect(problemsOf(opener, tokenOf({ key: 'k' }))).to.deep.equal([
      'claims.max: is a part of the maxLength of what is opened, which is required for the operation post',
    ]);
    expect(problemsOf(opener, tokenOf({ key: `\${filename}`, max: 5 }))).to.deep.equal([
      `claims.key: is a part of the key of what is opened, which must not have \${filename} in it for the operation post`,
    ]);
  });

  it('puts the prefix of the store in front by what its template says, not by what a token says', async () => {
    const inTemplate = await openerOf({ key: 'tenants/{subject}/{claims.key}' }, { prefix: 'tenants/' });
    expect(keyOf(await opened(inTemplate, tokenOf({ key: 'k' }, 'tenants')))).to.equal('tenants/tenants/k');
    const inStore = await openerOf({ key: '{subject}/{claims.key}' }, { prefix: 'tenants/' });
    expect(keyOf(await opened(inStore, tokenOf({ key: 'k' }, 'u')))).to.equal('tenants/u/k');
    // A subject that is called like the prefix must not get at what belongs to the subject `u`.
    expect(keyOf(await opened(inStore, tokenOf({ key: 'u/k' }, 'tenants')))).to.equal('tenants/tenants/u/k');
  });

  it('never opens one object for two subjects', async () => {
    const unit = fc.constantFrom('.', '/', '-', 'a', 'b', '%', 't');
    const text = fc.string({ unit, minLength: 1, maxLength: 6 });
    const token = fc.record({ subject: text, key: text });
    for (const key of [
      '{subject}/{claims.key}',
      't/{subject}-a/{claims.key}',
      'a/t{subject}/b-{claims.key}',
    ]) {
      for (const prefix of ['', 't/', 't']) {
        const opener = await openerOf({ key }, { prefix });
        const open = await opener.ready();
        await fc.assert(
          fc.asyncProperty(token, token, async (one, other) => {
            const tokens = [one, other].map(({ subject, key: named }) => tokenOf({ key: named }, subject));
            fc.pre(
              one.subject !== other.subject && tokens.every((each) => opener.problems(each).length === 0),
            );
            const [first, second] = await Promise.all(tokens.map((each) => open(each, AT_MS)));
            expect(first && new URL(first.url).pathname).to.not.equal(second && new URL(second.url).pathname);
          }),
          { numRuns: 100 },
        );
      }
    }
  });

  it('is not ready while there are no credentials, so nothing is burned for nothing', async () => {
    const policy = parseOpeningRules({ operation: 'get', key: 'k' }, policyOf(), () => undefined);
    if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
    const store = await storeOf({}, { credentials: () => Promise.reject(new Error('no network')) });
    const failure = await s3Opener(policy.value, store)
      .ready()
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(MatchstickError).with.property('code', 'internal');
  });
});
