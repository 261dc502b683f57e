import { parseArgs } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { create as contentDisposition } from 'content-disposition';
import type { SignRequest } from '../src/burn/opening.ts';
import type { StorePolicy } from '../src/s3/store-policy.ts';
import { connectStores, urlSigner } from '../src/s3/stores.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** The same request, signed by us with every check on, and by what the SDK offers for it. */
interface Contest {
  readonly name: string;
  readonly ours: (key: string, atMs: number) => Promise<string>;
  readonly sdk: (key: string, atMs: number) => Promise<string>;
}

const BUCKET = 'acme-reports';
const EXPIRES_IN = 60;
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const TYPE = 'application/pdf';
const MAX_LENGTH = 1_000_000;

async function contests(): Promise<readonly Contest[]> {
  const policy: StorePolicy = {
    name: 'reports',
    bucket: BUCKET,
    region: 'eu-central-1',
    prefix: '',
    pathStyle: false,
    maxExpiresInSeconds: 900,
  };
  const stores = await connectStores(new Map([[policy.name, policy]]), {
    nowMs: Date.now,
    credentials: CREDENTIALS,
  });
  const signer = urlSigner(stores);
  const client = new S3Client({
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const sign = async (request: Omit<SignRequest, 'store'>, atMs: number) => {
    const signed = await signer.sign({ store: 'reports', ...request }, atMs);
    if (!('url' in signed)) throw new Error(`nothing was signed: ${JSON.stringify(signed)}`);
    return signed;
  };
  const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);
  return [
    {
      name: 'GET',
      ours: async (key, atMs) => (await sign({ operation: 'get', key, contentType: TYPE }, atMs)).url,
      sdk: (Key, atMs) =>
        getSignedUrl(
          client,
          new GetObjectCommand({
            Bucket: BUCKET,
            Key,
            ResponseContentDisposition: contentDisposition(nameOf(Key)),
            ResponseContentType: TYPE,
          }),
          { expiresIn: EXPIRES_IN, signingDate: new Date(atMs) },
        ),
    },
    {
      name: 'PUT',
      ours: async (key, atMs) =>
        (await sign({ operation: 'put', key, contentType: TYPE, contentLength: 1000 }, atMs)).url,
      sdk: (Key, atMs) =>
        getSignedUrl(
          client,
          new PutObjectCommand({
            Bucket: BUCKET,
            Key,
            IfNoneMatch: '*',
            ContentType: TYPE,
            ContentLength: 1000,
          }),
          { expiresIn: EXPIRES_IN, signingDate: new Date(atMs), signableHeaders: new Set(['content-type']) },
        ),
    },
    {
      name: 'POST',
      // The SDK signs as of now, so only the form without its signature can be compared.
      ours: async (key, atMs) =>
        (await sign({ operation: 'post', key, contentType: TYPE, maxLength: MAX_LENGTH }, atMs)).url,
      sdk: async (Key) => {
        const { url } = await createPresignedPost(client, {
          Bucket: BUCKET,
          Key,
          Expires: EXPIRES_IN,
          Fields: { 'Content-Type': TYPE },
          Conditions: [['content-length-range', 0, MAX_LENGTH]],
        });
        return url;
      },
    },
  ];
}

/**
 * How many in a second of CPU time, one after the other, each for a key of its own. On a machine that is shared,
 * the time on the clock would say how busy the others are.
 */
async function rate(sign: Contest['ours'], seconds: number): Promise<number> {
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  const atMs = Date.now();
  let signed = 0;
  while (performance.now() - start < seconds * 1000) {
    for (let batch = 0; batch < 50; batch++) await sign(`tenants/42/2026/report-${signed++}.pdf`, atMs);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return signed / ((user + system) / 1e6);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '1' } },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!Number.isInteger(rounds) || rounds < 1 || !(seconds > 0)) {
    throw new Error('usage: npm run bench:s3 -- [--rounds 7] [--seconds 1]');
  }
  console.log(
    `Node ${process.version}, ${rounds} rounds of ${seconds} s; requests signed per second of CPU time\n`,
  );
  console.log(line(['', 'ours', 'min', 'max', 'SDK', 'min', 'max', 'ratio']));
  for (const { name, ours, sdk } of await contests()) {
    const atMs = Date.now();
    const [mine, theirs] = await Promise.all([ours('a/b c.pdf', atMs), sdk('a/b c.pdf', atMs)]);
    if (mine !== theirs) throw new Error(`${name}: the two sign different requests`);
    const rates: { ours: number; sdk: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      rates.push({ ours: await rate(ours, seconds), sdk: await rate(sdk, seconds) });
    }
    const measured = rates.slice(1);
    const columns = [measured.map((pair) => pair.ours), measured.map((pair) => pair.sdk)];
    const ratio = median(measured.map((pair) => pair.ours / pair.sdk)).toFixed(1);
    console.log(line([name, ...columns.flatMap(figures), ratio]));
  }
}

function figures(rates: readonly number[]): readonly string[] {
  const told = [median(rates), Math.min(...rates), Math.max(...rates)];
  return told.map((value) => Math.round(value).toLocaleString('en'));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

function line(cells: readonly string[]): string {
  const widths = [4, 8, 8, 8, 8, 8, 8, 6];
  return cells
    .map((cell, column) => cell.padStart(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
