import { z } from 'zod';
import { asUrl } from '../contract/as-url.ts';
import { bucketNameProblem } from '../s3/bucket-name.ts';
import { prefixProblem } from '../s3/object-key.ts';
import { MAX_EXPIRES_IN_SECONDS, type StorePolicies, type StorePolicy } from '../s3/store-policy.ts';
import { duration } from './duration.ts';

/** A text in which a function finds what is wrong. */
function text(problem: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = problem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

const storeFields = z.strictObject({
  bucket: text(bucketNameProblem).describe('The bucket.'),
  region: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'must be a region, such as eu-central-1')
    .optional()
    .describe('Unset: as the AWS SDK finds it (AWS_REGION, profile); with an endpoint: us-east-1.'),
  prefix: text(prefixProblem)
    .default('')
    .describe('Every object lies under it: it is put in front of a key that does not begin with it.'),
  endpoint: text(endpointProblem)
    .optional()
    .describe('Endpoint of an S3-compatible server, as those who use the URLs reach it.'),
  pathStyle: z
    .boolean()
    .default(false)
    .describe('Whether the bucket stands in the path: most servers other than AWS want that.'),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('Whose credentials: a profile of the AWS configuration files.'),
  maxExpiresIn: duration({ least: 1, most: MAX_EXPIRES_IN_SECONDS, range: '1s to 7d', example: '15m' })
    .default(900)
    .describe('How long a URL may live at most.'),
});

/** The URL of an object has the bucket once: from an endpoint that has it, no URL would lead anywhere. */
export const storeSchema = storeFields.superRefine(({ bucket, endpoint, pathStyle }, context) => {
  const url = endpoint === undefined ? undefined : asUrl(endpoint);
  if (!url) return;
  const hasBucket = pathStyle
    ? url.pathname.split('/').includes(bucket)
    : url.hostname.startsWith(`${bucket}.`);
  const message =
    'must not have the bucket in it: it is put there, in front of the host or, with pathStyle, in the path';
  if (hasBucket) context.addIssue({ code: 'custom', path: ['endpoint'], message });
});

function endpointProblem(endpoint: string): string | undefined {
  const url = asUrl(endpoint);
  if (!url || !/^https?:\/\/[\x21-\x7e]+$/.test(endpoint)) return 'must be an http or https URL';
  if (/[?#]/.test(endpoint)) return 'must have no query and no fragment';
  if (url.username || url.password || endpoint.includes('@')) return 'must have no user name and no password';
  return undefined;
}

export function asStorePolicies(
  stores: Readonly<Record<string, z.output<typeof storeSchema>>>,
): StorePolicies {
  const policies = Object.entries(stores).map(([name, store]): [string, StorePolicy] => {
    const { region, endpoint, profile, prefix, maxExpiresIn: maxExpiresInSeconds, ...rest } = store;
    const policy = {
      ...rest,
      // Without the slash, tenant-1 would be a prefix of what tenant-10 has.
      prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
      name,
      maxExpiresInSeconds,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(profile === undefined ? {} : { profile }),
    };
    return [name, policy];
  });
  return new Map(policies);
}
