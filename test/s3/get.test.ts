import { expect } from 'chai';
import type { Store } from '../../src/s3/store.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openS3, type S3, send } from '../support/s3-server.ts';
import { type Asked, signed, storeOf } from './store-of.ts';

/** Names that something on the way might read differently, escape twice or not at all. */
const AWKWARD_KEYS = [
  'plain.txt',
  'with space.txt',
  ' blanks at its ends ',
  'a+b.txt',
  'a%20b.txt',
  'a%2Fb%2e%2e/c',
  '%2e%2e/secret.txt',
  '%',
  '100%25',
  'é.txt',
  'e\u0301.txt',
  '漢字/ファイル.txt',
  '🔥.txt',
  'quote\'and"double',
  '(round) [square] {curly} <angle>',
  'star*bang!tilde~caret^pipe|',
  'question?mark=1&b=2',
  'hash#fragment',
  'semi;colon:comma,at@dollar$',
  'back\\slash\\..\\x',
  'dots/.../..x/x../.hidden',
  'a/b/c/d/e/f',
  'X-Amz-Signature=0',
  '\u202egpj.exe',
  'k'.repeat(1024),
  'é'.repeat(512),
];

describe('a presigned download', () => {
  const onClose = cleanupAfter(after);
  let s3: S3;
  let bucket: string;
  let store: Store;

  before(async () => {
    s3 = await openS3(onClose);
    bucket = await s3.makeBucket();
    store = await storeOn(bucket);
    await s3.put(bucket, 'reports/march.pdf', 'the report of march');
    await s3.put(bucket, 'secret.txt', 'a secret');
  });

  const storeOn = (name: string, overrides: object = {}) =>
    storeOf(
      { bucket: name, endpoint: s3.endpoint, region: s3.region, pathStyle: true, ...overrides },
      { credentials: s3.credentials },
    );
  const urlOf = async (asked: Asked, atMs?: number) => (await signed(store, asked, atMs)).url;

  it('brings the object, as an attachment under the name of the object', async () => {
    const { url, method, headers } = await signed(store, { key: 'reports/march.pdf' });
    const { status, text, headers: got } = await send(url, { method });
    expect([status, text]).to.deep.equal([200, 'the report of march']);
    expect(got['content-disposition']).to.equal('attachment; filename=march.pdf');
    expect(headers).to.equal(undefined);
  });

  for (const [name, header] of [
    ['a\u202egpj.exe', 'attachment; filename=a_gpj.exe'],
    ['\u2066a\u200e.pdf', 'attachment; filename=_a_.pdf'],
    ['=?UTF-8?B?eC5leGU=?=', 'attachment; filename="=_UTF-8?B?eC5leGU=_="'],
    ['what?=yes.pdf', 'attachment; filename="what?=yes.pdf"'],
  ] as const) {
    it(`is saved under a name that no program reads as another: ${JSON.stringify(name)}`, async () => {
      const of = async (asked: Asked) =>
        new URL(await urlOf(asked)).searchParams.get('response-content-disposition');
      expect(await of({ key: 'k', filename: name })).to.equal(header);
      expect(await of({ key: `in/${name}` })).to.equal(header);
    });
  }

  it('can be used again until it expires: it is not single-use', async () => {
    const url = await urlOf({ key: 'reports/march.pdf' });
    expect((await send(url)).status).to.equal(200);
    expect((await send(url)).status).to.equal(200);
  });

  it('brings a part of the object, for those who resume', async () => {
    const { status, text, headers } = await send(await urlOf({ key: 'reports/march.pdf' }), {
      headers: { Range: 'bytes=4-9' },
    });
    expect([status, text]).to.deep.equal([206, 'report']);
    expect(headers['content-range']).to.equal('bytes 4-9/19');
  });

  it('is served with the name and the type that were signed', async () => {
    const asked = {
      key: 'reports/march.pdf',
      filename: 'Bericht März "1".pdf',
      contentType: 'application/pdf',
    };
    const { status, headers } = await send(await urlOf(asked));
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('application/pdf');
    expect(headers['content-disposition']).to.equal(
      `attachment; filename="Bericht M?rz \\"1\\".pdf"; filename*=UTF-8''Bericht%20M%C3%A4rz%20%221%22.pdf`,
    );
  });

  for (const [number, key] of AWKWARD_KEYS.entries()) {
    it(`brings exactly the object ${encodeURIComponent(key).slice(0, 40)}`, async () => {
      const body = `object number ${number}`;
      await s3.put(bucket, key, body);
      const url = await urlOf({ key });
      const raw = await send(url);
      expect([raw.status, raw.text]).to.deep.equal([200, body]);
      const tidied = await fetch(url);
      expect([tidied.status, await tidied.text()]).to.deep.equal([200, body]);
      const disposition = raw.headers['content-disposition'];
      expect(disposition).to.match(/^attachment; filename=/);
    });
  }

  it('of a key without an object is 404, and of no other object', async () => {
    expect((await send(await urlOf({ key: 'reports/march.pdf/' + 'x' }))).status).to.equal(404);
    expect((await send(await urlOf({ key: 'Reports/march.pdf' }))).status).to.equal(404);
  });

  it('is refused when any of its query parameters is changed, left out or doubled', async () => {
    const url = await urlOf({
      key: 'reports/march.pdf',
      filename: 'march.pdf',
      contentType: 'application/pdf',
    });
    const [before = '', query = ''] = url.split('?');
    const parameters = query.split('&');
    expect(parameters.map((parameter) => parameter.split('=')[0])).to.have.members([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
      'response-content-disposition',
      'response-content-type',
      'x-id',
    ]);
    expect((await send(url)).status).to.equal(200);
    for (const [index, parameter] of parameters.entries()) {
      const [name = '', value = ''] = parameter.split('=');
      const others = parameters.toSpliced(index, 1);
      for (const changed of [
        [...others],
        parameters.with(index, `${name}=${changedText(value)}`),
        parameters.with(index, `${name}=`),
        [...parameters, `${name}=${changedText(value)}`],
      ]) {
        const { status, text } = await send(`${before}?${changed.join('&')}`);
        expect(status, `${name}: ${changed.length} parameters`).to.be.oneOf([400, 403]);
        expect(text).to.not.include('the report of march');
      }
    }
  });

  it('is refused when a parameter is added', async () => {
    const url = await urlOf({ key: 'reports/march.pdf' });
    for (const added of [
      'versionId=null',
      'response-content-type=text/html',
      'acl',
      'torrent',
      'partNumber=1',
      'x=y',
    ]) {
      const { status } = await send(`${url}&${added}`);
      expect(status, added).to.equal(403);
    }
  });

  it('is refused for another method, object, bucket or host', async () => {
    const url = await urlOf({ key: 'reports/march.pdf' });
    for (const method of ['HEAD', 'PUT', 'POST', 'DELETE']) {
      expect((await send(url, { method })).status, method).to.be.oneOf([400, 403, 405]);
    }
    expect(await s3.get(bucket, 'reports/march.pdf')).to.equal('the report of march');
    const other = await s3.makeBucket();
    await s3.put(other, 'reports/march.pdf', 'of another bucket');
    for (const [from, to] of [
      ['/reports/march.pdf', '/secret.txt'],
      ['/reports/march.pdf', '/reports/%6Darch.pdf%20'],
      ['/reports/march.pdf', '/reports/../secret.txt'],
      ['/reports/march.pdf', '/'],
      ['/reports/march.pdf', ''],
      [`/${bucket}/`, `/${other}/`],
      [`/${bucket}/reports/march.pdf`, '/'],
    ] as const) {
      const { status, text } = await send(url.replace(from, to));
      expect(status, `${from} to ${to}`).to.equal(403);
      expect(text).to.not.include('<ListBucketResult');
    }
    const { port } = new URL(url);
    for (const host of [`localhost:${port}`, `${bucket}.localhost:${port}`, `127.0.0.1:1`]) {
      const elsewhere = url.replace(`127.0.0.1:${port}`, host);
      expect((await send(elsewhere, { via: s3.endpoint })).status, host).to.be.oneOf([403, 404]);
    }
  });

  it('is refused without its query: nothing in the bucket is public', async () => {
    const [bare = ''] = (await urlOf({ key: 'reports/march.pdf' })).split('?');
    expect((await send(bare)).status).to.equal(403);
  });

  it('is refused when another key signed it', async () => {
    const forged = await storeOf(
      { bucket, endpoint: s3.endpoint, region: s3.region, pathStyle: true },
      { credentials: { ...s3.credentials, secretAccessKey: `${s3.credentials.secretAccessKey}x` } },
    );
    const { url } = await signed(forged, { key: 'reports/march.pdf' });
    expect((await send(url)).status).to.equal(403);
  });

  it('is refused once it has expired, and works to the end of its time', async () => {
    const now = Date.now();
    const asked = { key: 'reports/march.pdf', expiresIn: 600 };
    expect((await send(await urlOf(asked, now - 500_000))).status).to.equal(200);
    expect((await send(await urlOf(asked, now - 602_000))).status).to.equal(403);
  });

  it('stays below the prefix of its store, whatever the key', async () => {
    const prefixed = await storeOn(bucket, { prefix: 'reports/' });
    for (const key of ['march.pdf', 'reports/march.pdf']) {
      const { url } = await signed(prefixed, { key });
      expect((await send(url)).text).to.equal('the report of march');
    }
    const { url } = await signed(prefixed, { key: 'secret.txt' });
    expect((await send(url)).status).to.equal(404);
    const escaped = await signed(prefixed, { key: '%2e%2e/secret.txt' });
    expect((await send(escaped.url)).status).to.equal(404);
    expect((await fetch(escaped.url)).status).to.equal(404);
  });

  it('works with the bucket in the host name', async () => {
    const { port } = new URL(s3.endpoint);
    const virtual = await storeOn(bucket, { endpoint: `http://localhost:${port}`, pathStyle: false });
    const { url } = await signed(virtual, { key: 'reports/march.pdf' });
    expect(new URL(url).hostname).to.equal(`${bucket}.localhost`);
    const { status, text } = await send(url, { via: s3.endpoint });
    expect([status, text]).to.deep.equal([200, 'the report of march']);
  });
});

/** The same length, another text. */
function changedText(value: string): string {
  const last = value.at(-1) === '1' ? '2' : '1';
  return `${value.slice(0, -1)}${last}`;
}
