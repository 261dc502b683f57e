import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Opens } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError } from '../errors.ts';
import { findAddress, originOf } from './address.ts';
import { validity } from './expiry.ts';
import type { Order } from './order.ts';
import { signPost } from './post.ts';
import { presign } from './presign.ts';
import { loadSdk } from './sdk.ts';
import type { StorePolicy } from './store-policy.ts';

/** A store whose requests can be signed. */
export interface Store {
  readonly policy: StorePolicy;
  /** Scheme, host and port of its URLs. */
  readonly origin: string;
  /** Gets credentials. Rejects with `internal` when there are none that are good for so long. */
  authorize(leastMs?: number): Promise<SignOrder>;
}

/** Signs with credentials that were had: nothing is asked of anybody any more. Rejects when they have ended. */
export type SignOrder = (order: Order, atMs: number, expiresInSeconds: number) => Promise<Opens>;

export interface StoreSurroundings {
  /** The clock of this process, which is also the SDK's. */
  readonly nowMs: () => number;
  /** Instead of the SDK's own search. */
  readonly credentials?: S3ClientConfig['credentials'];
}

/** A store by its configuration. Rejects with `internal` when the SDK cannot tell where it is. */
export async function connectStore(
  policy: StorePolicy,
  { nowMs, credentials }: StoreSurroundings,
): Promise<Store> {
  const { bucket } = policy;
  const config = clientConfig(policy);
  const sdk = await loadSdk();
  const address = await findAddress(sdk, config, bucket).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'the SDK does not say why';
    const message = `The address of the store ${policy.name} cannot be worked out (${why}).`;
    throw new MatchstickError('internal', message, { cause });
  });
  const source = new sdk.S3Client({ ...config, ...(credentials ? { credentials } : {}) });
  const toolsFor = lastMade((identity: Credentials) => ({
    presigner: new sdk.S3RequestPresigner({
      region: address.region,
      credentials: identity,
      sha256: source.config.sha256,
    }),
    client: new sdk.S3Client({ ...config, region: address.region, credentials: identity }),
  }));

  return {
    policy,
    origin: originOf(address),
    authorize: async (leastMs = 0) => {
      const identity = await source.config.credentials().catch((cause: unknown) => {
        throw noCredentials(policy, cause);
      });
      const endAtMs = identity.expiration?.getTime();
      const { presigner, client } = toolsFor(identity);
      const ended = () => noCredentials(policy, new Error('they have ended'));
      if (endAtMs !== undefined && endAtMs <= nowMs() + leastMs) throw ended();
      return async (order, atMs, expiresInSeconds) => {
        const valid = validity(atMs, expiresInSeconds, endAtMs);
        if (!valid) throw ended();
        const expiresAt = timestampOf(valid.signedAtMs + valid.expiresInSeconds * 1000);
        if (order.method === 'POST') {
          const signed = await signPost(sdk, order, bucket, client, valid, nowMs);
          return { ...signed, method: 'POST', expiresAt };
        }
        const { method, headers } = order;
        const url = await presign(order, address, presigner, valid);
        return { url, method, ...(method === 'PUT' ? { headers } : {}), expiresAt };
      };
    },
  };
}

/** Servers other than AWS have no regions, or call their only one so. */
const REGION_ELSEWHERE = 'us-east-1';

type Credentials = Awaited<ReturnType<S3Client['config']['credentials']>>;

function clientConfig({ region, endpoint, pathStyle, profile }: StorePolicy): S3ClientConfig {
  const signedRegion = region ?? (endpoint === undefined ? undefined : REGION_ELSEWHERE);
  return {
    ...(signedRegion === undefined ? {} : { region: signedRegion }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    forcePathStyle: pathStyle,
    // The defaults put checksums of an empty body into URLs, and servers other than AWS then refuse the upload.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

/** Makes something for credentials, and not again while they are the same: they are, for hours. */
function lastMade<T>(make: (credentials: Credentials) => T): (credentials: Credentials) => T {
  let last: { readonly credentials: Credentials; readonly made: T } | undefined;
  return (credentials) => {
    if (!last || !areSame(last.credentials, credentials)) last = { credentials, made: make(credentials) };
    return last.made;
  };
}

function areSame(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  );
}

function noCredentials({ name }: StorePolicy, cause: unknown): MatchstickError {
  return new MatchstickError('internal', `Could not get credentials for the store "${name}".`, { cause });
}
