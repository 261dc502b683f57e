import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { openS3, type S3, send } from '../support/s3-server.ts';
import { type Answered, call, type ServiceProcess, startService } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess } from './expect-answer.ts';
import { requestOctets, sendRaw } from './raw-http.ts';

/** Nothing of this environment's AWS settings, and no way to the metadata service of a cloud. */
const NO_AWS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_REGION: undefined,
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const WHOLE_SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;

describe('POST /v1/s3/urls', () => {
  const onClose = cleanupAfter(after);
  let s3: S3;
  let bucket: string;
  let service: ServiceProcess;

  before(async () => {
    s3 = await openS3(onClose);
    bucket = await s3.makeBucket();
    await s3.put(bucket, 'reports/march.pdf', 'the report of march');
    const { accessKeyId, secretAccessKey } = s3.credentials;
    service = await serve({
      ...NO_AWS,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
  });

  async function serve(env: NodeJS.ProcessEnv, stores: object = storesOf()): Promise<ServiceProcess> {
    const deployment = await makeDeployment(
      { stores },
      {
        main: { s3: Object.keys(stores) },
        reader: { s3: Object.keys(stores).slice(0, 1) },
        nobody: { inspect: true },
      },
    );
    onClose(deployment.close);
    const started = await startService(deployment, env);
    onClose(started.close);
    return started;
  }

  const storesOf = (overrides: object = {}) => ({
    reports: {
      bucket,
      endpoint: s3.endpoint,
      pathStyle: true,
      prefix: 'reports/',
      maxExpiresIn: '5m',
      ...overrides,
    },
    uploads: { bucket, endpoint: s3.endpoint, pathStyle: true, prefix: 'uploads/' },
  });

  const sign = (body: object | string, as = 'main'): Promise<Answered> =>
    call(service, 'POST', '/v1/s3/urls', { body, as });

  const get = { store: 'reports', operation: 'get', key: 'march.pdf' };

  it('answers 201 with a URL that brings the object until the time that it tells', async () => {
    const before = Date.now();
    const body = expectSuccess(await sign(get), 201);
    expect(body).to.have.all.keys('url', 'method', 'expiresAt');
    expect(body.method).to.equal('GET');
    expect(body.expiresAt).to.match(WHOLE_SECOND);
    const expiresAtMs = Date.parse(String(body.expiresAt));
    expect(expiresAtMs - before).to.be.within(59_000, 60_000 + (Date.now() - before));
    const { status, text, headers } = await send(String(body.url));
    expect([status, text]).to.deep.equal([200, 'the report of march']);
    expect(headers['content-disposition']).to.equal('attachment; filename=march.pdf');
  });

  it('signs a file name, a type and a time', async () => {
    const { url, expiresAt } = expectSuccess(
      await sign({
        ...get,
        key: 'reports/march.pdf',
        filename: 'März.pdf',
        contentType: 'application/pdf',
        expiresIn: 300,
      }),
      201,
    );
    expect(Date.parse(String(expiresAt)) - Date.now()).to.be.within(200_000, 300_000);
    const { headers } = await send(String(url));
    expect(headers['content-type']).to.equal('application/pdf');
    expect(headers['content-disposition']).to.equal(
      `attachment; filename="M?rz.pdf"; filename*=UTF-8''M%C3%A4rz.pdf`,
    );
  });

  it('signs an upload with the headers that it needs', async () => {
    const text = 'what is uploaded';
    const digest = (algorithm: string) => createHash(algorithm).update(text).digest('base64');
    const body = expectSuccess(
      await sign({
        store: 'uploads',
        operation: 'put',
        key: 'a.csv',
        contentType: 'text/csv',
        contentLength: text.length,
        contentMd5: digest('md5'),
        checksumSha256: digest('sha256'),
      }),
      201,
    );
    expect(body).to.have.all.keys('url', 'method', 'headers', 'expiresAt');
    expect(body.headers).to.deep.equal({
      'If-None-Match': '*',
      'Content-Type': 'text/csv',
      'Content-Length': String(text.length),
      'Content-MD5': digest('md5'),
      'x-amz-checksum-sha256': digest('sha256'),
    });
    const headers = Object.fromEntries(
      Object.entries(body.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const upload = () => send(String(body.url), { method: 'PUT', headers, body: text });
    expect((await upload()).status).to.equal(200);
    expect((await upload()).status).to.equal(412);
    expect(await s3.get(bucket, 'uploads/a.csv')).to.equal(text);
  });

  it('signs a form with the fields that it needs', async () => {
    const body = expectSuccess(
      await sign({ store: 'uploads', operation: 'post', key: 'b', maxLength: 5 }),
      201,
    );
    expect(body).to.have.all.keys('url', 'method', 'fields', 'expiresAt');
    const form = new FormData();
    for (const [name, value] of Object.entries(body.fields ?? {})) form.append(name, String(value));
    form.append('file', new Blob(['12345']));
    expect((await fetch(String(body.url), { method: 'POST', body: form })).status).to.equal(204);
    expect(await s3.get(bucket, 'uploads/b')).to.equal('12345');
  });

  it('is for callers that may have URLs of this very store', async () => {
    expectSuccess(await sign(get, 'reader'), 201);
    for (const [caller, store] of [
      ['reader', 'uploads'],
      ['nobody', 'reports'],
      ['nobody', 'no-such-store'],
    ] as const) {
      expectProblem(await sign({ ...get, store }, caller), 'caller_forbidden', {
        detail: new RegExp(`${caller} may not`),
      });
    }
    const anonymous = await call(service, 'POST', '/v1/s3/urls', { body: get, as: null });
    expectProblem(anonymous, 'caller_unknown');
  });

  it('names the near miss of a store that is not there to those who may sign for one', async () => {
    for (const [store, message] of [
      ['report', 'is not configured here (did you mean reports?)'],
      ['Reports', 'is not configured here (did you mean reports?)'],
      ['upload', 'is not configured here'],
      ['elsewhere', 'is not configured here'],
      ['__proto__', 'is not configured here'],
    ] as const) {
      expectProblem(await sign({ ...get, store }, 'reader'), 'request_invalid', {
        detail: new RegExp(message.replaceAll(/[^\w ]/g, '.')),
        errors: [{ path: 'store', message }],
      });
    }
  });

  it('refuses each bad field at its path, and all of them at once', async () => {
    for (const [field, values] of [
      ['store', [null, 5, '', [], {}]],
      ['operation', [null, 'GET', 'delete', 'list', '', 5]],
      ['key', [null, 5, '', '/a', 'a//b', '../a', 'a/..', 'a\nb', 'a\u0000', 'k'.repeat(1025)]],
      ['expiresIn', [null, 0, -1, 1.5, '60', 301, 604_800, 1e300]],
      ['filename', [null, 5, '', 'a/b', 'a\\b', 'a\r\nb', 'f'.repeat(256)]],
      ['contentType', [null, 5, '', 'pdf', 'a/b\r\nX: y', 'a/b, c/d']],
      ['contentLength', [null, '5', -1, 1.5, 5]],
      ['maxLength', [null, 0, 5]],
      ['checksumSha256', [null, '', 'x', 'A'.repeat(44)]],
      ['contentMd5', [null, '', 'x', 'A'.repeat(24)]],
      ['versionId', ['1']],
    ] as const) {
      for (const value of values) {
        expectBadInput(await sign({ ...get, [field]: value }), [field]);
      }
    }
    expectBadInput(await sign({ ...get, key: '', filename: '', maxLength: 5, expiresIn: 301 }), [
      'expiresIn',
      'filename',
      'key',
      'maxLength',
    ]);
    expectBadInput(await sign({ store: 'uploads', operation: 'post', key: 'k' }), ['maxLength']);
    expectBadInput(await sign({}), ['key', 'operation', 'store']);
  });

  it('takes nothing from the query string', async () => {
    const answer = await call(service, 'POST', '/v1/s3/urls?expiresIn=5', { body: get });
    expectProblem(answer, 'request_invalid', { detail: /query string/ });
  });

  it('is a POST alone', async () => {
    expectProblem(await call(service, 'GET', '/v1/s3/urls'), 'method_not_allowed');
  });

  it('gives the caller of a deployment without callers every store', async () => {
    const { accessKeyId, secretAccessKey } = s3.credentials;
    const deployment = await makeDeployment({ stores: storesOf() }, {});
    onClose(deployment.close);
    const started = await startService(deployment, {
      ...NO_AWS,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    onClose(started.close);
    const key = (await readFile(join(deployment.folder, 'caller-key'), 'utf8')).trim();
    const answer = await call(started, 'POST', '/v1/s3/urls', {
      as: null,
      headers: { Authorization: `Bearer ${key}` },
      body: get,
    });
    expectSuccess(answer, 201);
  });

  it('says that there are no stores where there are none', async () => {
    const started = await serve(NO_AWS, {});
    const answer = await call(started, 'POST', '/v1/s3/urls', { body: get });
    expectProblem(answer, 'request_invalid', {
      detail: /^store: /,
      errors: [{ path: 'store', message: 'no stores are configured' }],
    });
    expect(started.process.output()).to.not.include('store.');
  });

  it('signs with the profile of its store', async () => {
    const { accessKeyId, secretAccessKey } = s3.credentials;
    const deployment = await makeDeployment(
      { stores: storesOf({ profile: 'reports' }) },
      { main: { s3: ['reports'] } },
    );
    onClose(deployment.close);
    const file = join(deployment.folder, 'aws-credentials');
    await writeFile(
      file,
      `[default]\naws_access_key_id = WRONG\naws_secret_access_key = wrong\n[reports]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    const started = await startService(deployment, { ...NO_AWS, AWS_SHARED_CREDENTIALS_FILE: file });
    onClose(started.close);
    const { json } = await call(started, 'POST', '/v1/s3/urls', { body: get });
    expect((await send(json.url)).status).to.equal(200);
  });

  it('is 500 while there are no credentials: the log says why, from the start on, and all the rest works', async () => {
    const started = await serve(NO_AWS);
    await started.process.printed(/"event":"store.no-credentials","store":"reports"/);
    const answer = await call(started, 'POST', '/v1/s3/urls', { body: get });
    expectProblem(answer, 'internal', { detail: /credentials.*reports/ });
    const [, cause = ''] = await started.process.printed(/"event":"request.failed".*"cause":\{([^}]*)\}/);
    expect(cause).to.include('CredentialsProviderError');
    expect((await call(started, 'GET', '/readyz', { as: null })).status).to.equal(200);
  });

  it('does not start when it cannot tell where a store is', async () => {
    const deployment = await makeDeployment({ stores: { reports: { bucket: 'acme-reports' } } }, {});
    onClose(deployment.close);
    const failure = await startService(deployment, NO_AWS).catch((error: unknown) => String(error));
    expect(failure).to.include('The address of the store reports cannot be worked out (Region is missing).');
  });

  it('writes no signed URL, no credential and no word of the SDK into the log', async () => {
    await sign({ ...get, operation: 'post', key: 'k' });
    await sendRaw(service, requestOctets({ method: 'POST', path: '/v1/s3/urls', headers: [], body: '{' }));
    const output = service.process.output();
    expect(output).to.include('listens on');
    for (const word of [
      'X-Amz',
      'Signature',
      s3.credentials.accessKeyId,
      s3.credentials.secretAccessKey,
      'AWS SDK',
    ]) {
      expect(output).to.not.include(word);
    }
  });
});
