import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect } from 'chai';
import { create as contentDisposition } from 'content-disposition';
import fc from 'fast-check';
import { keyProblem } from '../../src/s3/object-key.ts';
import type { StorePolicy } from '../../src/s3/store-policy.ts';
import { valueProblem } from '../../src/s3/terms.ts';
import { SOAKS } from '../support/soak.ts';
import { expectedSignature } from './sigv4.ts';
import { CREDENTIALS, policyOf, signed, storeOf } from './store-of.ts';

const SESSION = { ...CREDENTIALS, sessionToken: 'IQoJb3JpZ2luX2VjE+/=&?#' };

const STORES: readonly (readonly [string, Partial<StorePolicy>])[] = [
  ['at AWS', {}],
  ['at AWS, with dots in its name', { bucket: 'acme.example.com' }],
  ['at AWS, with the bucket in the path', { pathStyle: true }],
  ['at AWS in China', { region: 'cn-north-1' }],
  ['at another server', { endpoint: 'https://s3.example.com' }],
  [
    'at another server, with the bucket in the path',
    { endpoint: 'https://s3.example.com:9000', pathStyle: true },
  ],
  ['at an IP address', { endpoint: 'http://127.0.0.1:9000' }],
  ['at an IPv6 address', { endpoint: 'http://[::1]:9000' }],
  ['below a path', { endpoint: 'https://example.com/s3/api%20v1/', pathStyle: true }],
  ['below a path, with the bucket in the host name', { endpoint: 'https://example.com:8443/x/x' }],
  ['at a default port', { endpoint: 'http://s3.example.com:80', pathStyle: true }],
];

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...`+ '()*!?#%&;=:@$,~_-./\\"{}[]|^<>éß漢🔥aA0`),
    minLength: 1,
    maxLength: 40,
  }),
);
/** Of names that mislead, the header has another (get.test.ts). */
const plain = text.filter((candidate) => !/\p{Bidi_Control}|=\?/u.test(candidate));
const key = plain.filter((candidate) => keyProblem(candidate) === undefined);
const filename = plain.filter((candidate) => valueProblem('filename', candidate) === undefined);
const contentType = fc.constantFrom('application/pdf', 'text/plain; charset=utf-8', 'a/b;q="x+y"', undefined);
const expiresIn = fc.integer({ min: 1, max: 604_800 });
const atMs = fc.integer({ min: 1_500_000_000_000, max: 2_500_000_000_000 });

describe('a presigned URL', () => {
  for (const [where, overrides] of STORES) {
    it(`of a bucket ${where} is, octet by octet, the one that the SDK writes`, async () => {
      const policy = policyOf({ ...overrides, maxExpiresInSeconds: 604_800 });
      const { bucket: Bucket, region = '', endpoint, pathStyle } = policy;
      const make = async (held: typeof CREDENTIALS) => ({
        client: new S3Client({
          region,
          ...(endpoint ? { endpoint } : {}),
          forcePathStyle: pathStyle,
          credentials: held,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
        store: await storeOf(policy, { credentials: held }),
      });
      const [ofKey, ofSession] = await Promise.all([make(CREDENTIALS), make(SESSION)]);
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            key,
            filename: fc.option(filename, { nil: undefined }),
            contentType,
            expiresIn,
            atMs,
            ofASession: fc.boolean(),
          }),
          async ({ key: Key, ofASession, atMs: at, ...asked }) => {
            const { client, store } = ofASession ? ofSession : ofKey;
            const download = new GetObjectCommand({
              Bucket,
              Key,
              ResponseContentDisposition: contentDisposition(
                asked.filename ?? Key.slice(Key.lastIndexOf('/') + 1),
              ),
              ResponseContentType: asked.contentType,
            });
            const signing = { expiresIn: asked.expiresIn, signingDate: new Date(at) };
            const { url } = await signed(store, { key: Key, ...asked }, at);
            expect(url).to.equal(await getSignedUrl(client, download, signing));
          },
        ),
        { numRuns: SOAKS ? 100 : 20 },
      );
    });
  }

  it('of an upload is the one that the SDK writes, with every header signed that it is held to', async () => {
    const client = new S3Client({
      region: 'eu-central-1',
      credentials: SESSION,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    const store = await storeOf({}, { credentials: SESSION });
    const digest = (octets: number) =>
      fc
        .uint8Array({ minLength: octets, maxLength: octets })
        .map((data) => Buffer.from(data).toString('base64'));
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          key,
          contentType,
          contentLength: maybe(fc.nat()),
          checksumSha256: maybe(digest(32)),
          contentMd5: maybe(digest(16)),
          atMs,
        }),
        async ({ atMs: at, ...asked }) => {
          const upload = new PutObjectCommand({
            Bucket: 'acme-reports',
            Key: asked.key,
            IfNoneMatch: '*',
            ContentType: asked.contentType ?? 'application/octet-stream',
            ContentLength: asked.contentLength,
            ChecksumSHA256: asked.checksumSha256,
            ContentMD5: asked.contentMd5,
          });
          const expected = await getSignedUrl(client, upload, {
            expiresIn: 60,
            signingDate: new Date(at),
            signableHeaders: new Set(['content-type']),
            unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
          });
          const { url, headers = {} } = await signed(store, { operation: 'put', ...asked }, at);
          expect(url).to.equal(expected);
          const names = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
          expect(names).to.have.members(['host', ...Object.keys(headers).map((name) => name.toLowerCase())]);
        },
      ),
      { numRuns: SOAKS ? 200 : 60 },
    );
  });

  it('has the signature of the specification, which gives AWS its published example', async () => {
    const example =
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';
    expect(expectedSignature(example, 'GET', {}, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')).to.equal(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
    const store = await storeOf({}, { credentials: SESSION });
    await fc.assert(
      fc.asyncProperty(fc.record({ key, filename, contentType, atMs }), async ({ atMs: at, ...asked }) => {
        const { url } = await signed(store, asked, at);
        const signature = new URL(url).searchParams.get('X-Amz-Signature');
        expect(signature).to.equal(expectedSignature(url, 'GET', {}, SESSION.secretAccessKey));
      }),
    );
  });

  it('made again for the same second is the same, and for another second is not', async () => {
    const store = await storeOf();
    const at = 1_800_000_000_000;
    const [one, two, late, other] = await Promise.all(
      [at, at + 1, at + 999, at + 1000].map((moment) => signed(store, { key: 'k' }, moment)),
    );
    expect(two).to.deep.equal(one);
    expect(late).to.deep.equal(one);
    expect(other?.url).to.not.equal(one?.url);
    expect(Date.parse(one?.expiresAt ?? '')).to.equal(at + 60_000);
  });
});
