import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { s3Opener } from '../../src/s3/opener.ts';
import { parseOpeningRules } from '../../src/s3/opening-rules.ts';
import { connectStore } from '../../src/s3/store.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openS3, type S3, send } from '../support/s3-server.ts';
import { CREDENTIALS, policyOf, signed, storeOf } from './store-of.ts';

/** A whole second of tomorrow, so that what ends after it has not ended yet. */
const AT_MS = (Math.floor(Date.now() / 1000) + 86_400) * 1000;
const POLL_MS = 100;

/** Credentials that end so long after `AT_MS`. */
const endingIn = (milliseconds: number) => ({
  ...CREDENTIALS,
  sessionToken: 'token',
  expiration: new Date(AT_MS + milliseconds),
});

async function failureOf(promise: Promise<unknown>): Promise<MatchstickError> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof MatchstickError) return failure;
  throw new Error(`it did not fail as it should: ${failure}`);
}

describe('what signs', () => {
  it('shortens the time of a URL to its own, and tells so', async () => {
    for (const [leftMs, asked, seconds] of [
      [30_000, 60, 30],
      [30_999, 60, 30],
      [1000, 60, 1],
      [60_000, 60, 60],
      [3_600_000, 60, 60],
    ] as const) {
      const store = await storeOf({}, { credentials: endingIn(leftMs) });
      for (const operation of ['get', 'put'] as const) {
        const { url, expiresAt } = await signed(
          store,
          { operation, key: 'k', expiresIn: asked },
          AT_MS + 200,
        );
        expect(new URL(url).searchParams.get('X-Amz-Expires'), `${leftMs} ms left`).to.equal(String(seconds));
        expect(Date.parse(expiresAt)).to.equal(AT_MS + seconds * 1000);
      }
      const { fields, expiresAt } = await signed(
        store,
        { operation: 'post', key: 'k', maxLength: 1, expiresIn: asked },
        AT_MS,
      );
      const { expiration } = JSON.parse(Buffer.from(fields?.Policy ?? '', 'base64').toString());
      expect(Date.parse(expiration)).to.equal(Date.parse(expiresAt));
      expect(Date.parse(expiresAt)).to.equal(AT_MS + seconds * 1000);
    }
  });

  it('puts the token of its session into URLs and forms', async () => {
    const store = await storeOf({}, { credentials: endingIn(60_000) });
    const { url } = await signed(store, { key: 'k' }, AT_MS);
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).to.equal('token');
    const { fields } = await signed(store, { operation: 'post', key: 'k', maxLength: 1 }, AT_MS);
    expect(fields?.['X-Amz-Security-Token']).to.equal('token');
  });

  it('signs nothing once it has ended, or has less than a second left', async () => {
    for (const leftMs of [-172_800_000, -1, 0, 1, 999]) {
      const store = await storeOf({}, { credentials: endingIn(leftMs) });
      const failure = await failureOf(signed(store, { key: 'k' }, AT_MS));
      expect(failure.code).to.equal('internal');
      expect(failure.message).to.match(/credentials.*reports/);
      expect(failure.cause).to.be.an('error').with.property('message', 'they have ended');
    }
  });

  it('is not enough to burn a token for when it ends before the burn would be over', async () => {
    const policy = parseOpeningRules({ operation: 'get', key: '{subject}' }, policyOf(), () => undefined);
    if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
    const readyWith = async (leftMs: number) => {
      const surroundings = { credentials: endingIn(leftMs), nowMs: () => AT_MS };
      return s3Opener(policy.value, await storeOf({}, surroundings)).ready();
    };
    for (const leftMs of [1, 999, 1500, 5000]) {
      expect((await failureOf(readyWith(leftMs))).code, `${leftMs} ms left`).to.equal('internal');
    }
    const open = await readyWith(6000);
    const { expiresAt } = await open({ subject: 'user-42', claims: {} }, AT_MS + 4000);
    expect(Date.parse(expiresAt)).to.equal(AT_MS + 6000);
  });

  it('is not there when it cannot be had: the reason is for the log alone', async () => {
    const reason = new Error('the metadata service does not answer');
    const store = await storeOf({}, { credentials: () => Promise.reject(reason) });
    const failure = await failureOf(store.authorize());
    expect(failure.code).to.equal('internal');
    expect(failure.message).to.match(/credentials.*reports/);
    expect(failure.cause).to.equal(reason);
  });

  it('is looked for again after it could not be had', async () => {
    let isThere = false;
    const store = await storeOf(
      {},
      {
        credentials: async () => {
          if (!isThere) throw new Error('not yet');
          return CREDENTIALS;
        },
      },
    );
    await failureOf(store.authorize());
    isThere = true;
    expect((await signed(store, { key: 'k' }, AT_MS)).url).to.include('X-Amz-Signature=');
  });

  it('is renewed without a new start', async () => {
    // The SDK asks again when less than five minutes are left.
    let current = { ...endingIn(0), accessKeyId: 'FIRST', expiration: new Date(Date.now() + 60_000) };
    const store = await storeOf({}, { credentials: async () => current });
    const keyIn = (url: string) => new URL(url).searchParams.get('X-Amz-Credential')?.split('/')[0];
    expect(keyIn((await signed(store, { key: 'k' })).url)).to.equal('FIRST');
    current = { ...endingIn(3_600_000), accessKeyId: 'SECOND' };
    expect(keyIn((await signed(store, { key: 'k' })).url)).to.equal('SECOND');
    const { fields } = await signed(store, { operation: 'post', key: 'k', maxLength: 1 });
    expect(fields?.['X-Amz-Credential']).to.match(/^SECOND\//);
  });

  it('is new also where nothing but the token of its session is', async () => {
    const expiration = new Date(Date.now() + 60_000);
    let current = { ...endingIn(0), sessionToken: 'first', expiration };
    const store = await storeOf({}, { credentials: async () => current });
    const tokenIn = (url: string) => new URL(url).searchParams.get('X-Amz-Security-Token');
    expect(tokenIn((await signed(store, { key: 'k' })).url)).to.equal('first');
    current = { ...current, sessionToken: 'second' };
    expect(tokenIn((await signed(store, { key: 'k' })).url)).to.equal('second');
  });

  it('needs a region, and says at the start that there is none', async () => {
    const { AWS_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
    try {
      delete process.env.AWS_REGION;
      Object.assign(process.env, { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' });
      const { region: _region, ...policy } = policyOf();
      const failure = await failureOf(connectStore(policy, { nowMs: Date.now }));
      expect(failure.message).to.equal(
        'The address of the store reports cannot be worked out (Region is missing).',
      );
      const elsewhere = { ...policy, endpoint: 'http://127.0.0.1:9000' };
      const store = await connectStore(elsewhere, { nowMs: Date.now, credentials: CREDENTIALS });
      expect((await signed(store, { key: 'k' })).url).to.include('%2Fus-east-1%2Fs3%2F');
    } finally {
      for (const [name, value] of Object.entries({
        AWS_REGION,
        AWS_CONFIG_FILE,
        AWS_SHARED_CREDENTIALS_FILE,
      })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});

describe('a session of a role', () => {
  const onClose = cleanupAfter(after);
  let s3: S3;
  let bucket: string;

  before(async function () {
    s3 = await openS3(onClose, { sts: true });
    if (!s3.roleArn) this.skip();
    bucket = await s3.makeBucket();
    await s3.put(bucket, 'k', 'the object');
  });

  async function assume(seconds: number) {
    const { endpoint, region, credentials } = s3;
    const sts = new STSClient({ endpoint, region, credentials });
    const { Credentials: held } = await sts.send(
      new AssumeRoleCommand({ RoleArn: s3.roleArn, RoleSessionName: 'test', DurationSeconds: seconds }),
    );
    sts.destroy();
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = held ?? {};
    const { SessionToken: sessionToken = '', Expiration: expiration = new Date(0) } = held ?? {};
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  }

  it('signs what works, and what does not work when its token is changed or left out', async () => {
    const { endpoint, region } = s3;
    const store = await storeOf(
      { bucket, endpoint, region, pathStyle: true },
      { credentials: await assume(900) },
    );
    const { url } = await signed(store, { key: 'k' });
    expect(await send(url)).to.include({ status: 200, text: 'the object' });
    const token = /&X-Amz-Security-Token=[^&]+/.exec(url)?.[0] ?? '';
    expect(token).to.not.equal('');
    for (const changed of ['', '&X-Amz-Security-Token=', `${token.slice(0, -4)}AAAA`]) {
      expect((await send(url.replace(token, changed))).status).to.be.oneOf([400, 403]);
    }
  });

  it('takes its URLs with it, at the time that they told', async () => {
    const { endpoint, region } = s3;
    const credentials = await assume(4);
    const store = await storeOf({ bucket, endpoint, region, pathStyle: true }, { credentials });
    const { url, expiresAt } = await signed(store, { key: 'k', expiresIn: 900 });
    expect(Date.parse(expiresAt)).to.equal(Math.floor(credentials.expiration.getTime() / 1000) * 1000);
    // The same request with the 15 minutes that were asked for: it is the session that ends it, not its own time.
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    const long = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'k' }), {
      expiresIn: 900,
    });
    const statuses = async () => Promise.all([url, long].map(async (each) => (await send(each)).status));
    expect(await statuses()).to.deep.equal([200, 200]);
    const diedAtMs: number[] = [];
    while (diedAtMs.filter((ms) => ms > 0).length < 2) {
      for (const [index, status] of (await statuses()).entries()) {
        if (status !== 200) diedAtMs[index] ??= Date.now();
      }
      if (Date.now() > Date.parse(expiresAt) + 60_000) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    expect(await statuses()).to.deep.equal([403, 403]);
    for (const died of diedAtMs) expect(died).to.be.at.least(Date.parse(expiresAt));
  });
});
