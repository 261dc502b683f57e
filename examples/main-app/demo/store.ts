import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startS3Server } from '../../../scripts/s3-server.mjs';
import { hasCeph } from '../../../scripts/test-tools.mjs';
import { REPORTS } from '../reports.ts';
import { DEMO_USERS } from '../users.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An S3 bucket with the demo's reports in it. */
export interface DemoStore {
  /** As an entry of `stores` in the service's configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The credentials with which the service signs, as its environment has them. */
  readonly env: Environment;
  close(): Promise<void>;
}

/** Everything of the demo lies under it, in a bucket that may be somebody's own. */
const PREFIX = 'matchstick-demo/';

/** The bucket that S3_BUCKET names, or one at a server of the demo's own; undefined when there is neither. */
export async function openStore(environment: Environment): Promise<DemoStore | undefined> {
  const { S3_BUCKET, S3_ENDPOINT, S3_REGION = 'us-east-1', S3_TEST_ENDPOINT } = environment;
  if (S3_BUCKET) {
    const place = { bucket: S3_BUCKET, region: S3_REGION, ...(S3_ENDPOINT ? { endpoint: S3_ENDPOINT } : {}) };
    const names = Object.keys(environment).filter((name) => /^(AWS_\w+|HOME)$/.test(name));
    return fill(place, Object.fromEntries(names.map((name) => [name, environment[name]])));
  }
  return S3_TEST_ENDPOINT || hasCeph() ? startStore() : undefined;
}

async function startStore(): Promise<DemoStore> {
  const server = await startS3Server();
  try {
    const { endpoint, region, credentials } = server;
    const place = { bucket: `acme-reports-${randomBytes(4).toString('hex')}`, region, endpoint };
    const client = s3Client(place, credentials);
    await client.send(new CreateBucketCommand({ Bucket: place.bucket }));
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = credentials;
    const store = await fill(place, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }, credentials);
    // A server of its own takes everything with it, and Ctrl-C has told it to already.
    const empty = async () => {
      if (server.isCeph) return;
      await store.close();
      await client.send(new DeleteBucketCommand({ Bucket: place.bucket }));
    };
    return { ...store, close: () => empty().finally(server.close) };
  } catch (error) {
    await server.close();
    throw error;
  }
}

interface Place {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Without credentials: those that the AWS SDK finds. */
async function fill(place: Place, env: Environment, credentials?: Credentials): Promise<DemoStore> {
  const client = s3Client(place, credentials);
  const objects = DEMO_USERS.flatMap((user) =>
    REPORTS.map(({ key, title }) => ({
      Bucket: place.bucket,
      Key: `${PREFIX}${user.id}/${key}`,
      Body: contents(user.name, title),
      ContentType: 'text/csv; charset=utf-8',
    })),
  );
  await Promise.all(objects.map((object) => client.send(new PutObjectCommand(object))));
  return {
    settings: { ...place, prefix: PREFIX, pathStyle: place.endpoint !== undefined },
    env,
    close: async () => {
      const places = objects.map(({ Bucket, Key }) => ({ Bucket, Key }));
      await Promise.all(places.map((object) => client.send(new DeleteObjectCommand(object))));
    },
  };
}

/** What is in the report of a user. */
export function contents(userName: string, month: string): string {
  return `month,for,euros\r\n${month},${userName},1234.50\r\n`;
}

function s3Client({ region, endpoint }: Place, credentials?: Credentials): S3Client {
  return new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // Servers other than AWS refuse the checksums that the SDK would add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
