import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Opens } from '../../src/contract/replies.ts';
import type { Store } from '../../src/s3/store.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openS3, type S3 } from '../support/s3-server.ts';
import { expectedPolicySignature } from './sigv4.ts';
import { signed, storeOf } from './store-of.ts';

describe('a signed form', () => {
  const onClose = cleanupAfter(after);
  let s3: S3;
  let bucket: string;
  let store: Store;
  let keys = 0;

  before(async () => {
    s3 = await openS3(onClose);
    bucket = await s3.makeBucket();
    const { endpoint, region, credentials } = s3;
    store = await storeOf({ bucket, endpoint, region, pathStyle: true }, { credentials });
  });

  const newKey = () => `forms/${++keys}`;
  const signPost = (terms: object = {}, key = newKey(), atMs?: number) =>
    signed(store, { operation: 'post', key, maxLength: 10, ...terms }, atMs);

  async function post(
    { url, fields = {} }: Opens,
    body: string,
    changed: Record<string, string | undefined> = {},
  ) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changed })) {
      if (value !== undefined) form.append(name, value);
    }
    form.append('file', new Blob([body]), 'name-of-the-uploader.txt');
    const response = await fetch(url, { method: 'POST', body: form });
    return { status: response.status, text: await response.text() };
  }

  it('stores the file under the key and the type that were signed', async () => {
    const key = newKey();
    const opening = await signPost({ contentType: 'text/csv' }, key);
    expect(opening.method).to.equal('POST');
    expect(opening.headers).to.equal(undefined);
    const { status, text } = await post(opening, 'a,b,c');
    expect(status, text).to.equal(204);
    expect(await s3.get(bucket, key)).to.equal('a,b,c');
    const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    expect(ContentType).to.equal('text/csv');
  });

  it('takes a file of up to the largest length, and not an octet more', async () => {
    for (const [length, expected] of [
      [0, 204],
      [10, 204],
      [11, 400],
      [1000, 400],
    ] as const) {
      const { status } = await post(await signPost(), 'x'.repeat(length));
      expect(status, `${length} octets`).to.equal(expected);
    }
  });

  it('is refused with any field changed or left out', async () => {
    const opening = await signPost({ contentType: 'text/csv' });
    const names = Object.keys(opening.fields ?? {});
    expect(names).to.have.members([
      'bucket',
      'Content-Type',
      'key',
      'Policy',
      'X-Amz-Algorithm',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Signature',
    ]);
    // The gateway goes by the bucket of the URL, and by the time of the policy.
    for (const name of names.filter((field) => field !== 'bucket')) {
      const value = opening.fields?.[name] ?? '';
      expect((await post(opening, 'a', { [name]: `${value.slice(0, -1)}~` })).status, name).to.be.within(
        400,
        403,
      );
      if (name === 'X-Amz-Date') continue;
      expect((await post(opening, 'a', { [name]: undefined })).status, `no ${name}`).to.be.within(400, 403);
    }
    expect((await post(opening, 'a')).status).to.equal(204);
  });

  it('is refused with fields that were not signed, and for another object', async () => {
    const opening = await signPost();
    for (const extra of [
      'acl',
      'x-amz-meta-a',
      'success_action_redirect',
      'Content-Disposition',
      'Cache-Control',
    ]) {
      expect((await post(opening, 'a', { [extra]: 'public-read' })).status, extra).to.equal(403);
    }
    expect((await post(opening, 'a', { key: newKey() })).status).to.equal(403);
    const other = await s3.makeBucket();
    const elsewhere = { ...opening, url: opening.url.replace(bucket, other) };
    expect((await post(elsewhere, 'a')).status).to.equal(403);
    expect((await post(elsewhere, 'a', { bucket: other })).status).to.equal(403);
    expect((await post(opening, 'a', { key: `forms/\${filename}` })).status).to.equal(403);
  });

  it('is refused after its time', async () => {
    const late = await signPost({ expiresIn: 5 }, newKey(), Date.now() - 10_000);
    expect((await post(late, 'a')).status).to.equal(403);
  });

  it('carries the signature of the specification', async () => {
    const { fields = {} } = await signPost();
    expect(fields['X-Amz-Signature']).to.equal(
      expectedPolicySignature(fields, s3.credentials.secretAccessKey),
    );
  });

  it('holds to exactly what was asked, until the time that it tells', async () => {
    const atMs = 1_800_000_000_999;
    const { fields = {}, expiresAt } = await signPost(
      { contentType: 'text/csv', expiresIn: 30 },
      'forms/k',
      atMs,
    );
    const policy = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString());
    expect(Date.parse(expiresAt)).to.equal(1_800_000_030_000);
    expect(fields['X-Amz-Date']).to.equal('20270115T080000Z');
    expect(policy.expiration).to.equal('2027-01-15T08:00:30Z');
    expect(policy.conditions).to.have.deep.members([
      ['content-length-range', 0, 10],
      { 'Content-Type': 'text/csv' },
      { bucket },
      { key: 'forms/k' },
      { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' },
      { 'X-Amz-Credential': fields['X-Amz-Credential'] },
      { 'X-Amz-Date': '20270115T080000Z' },
    ]);
  });

  it('is the same when it is signed again for the same second, however many are signed at once', async () => {
    const moments = Array.from({ length: 60 }, (_, n) => 1_800_000_000_000 + n * 500);
    const sign = (atMs: number) => signPost({}, 'forms/k', atMs);
    const once = await Promise.all(moments.map(sign));
    const again = await Promise.all(moments.map((atMs) => sign(Math.floor(atMs / 1000) * 1000 + 123)));
    expect(again).to.deep.equal(once);
    expect(new Set(once.map(({ fields }) => fields?.['X-Amz-Date'])).size).to.equal(30);
  });
});
