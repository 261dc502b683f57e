import { z } from 'zod';
import { parseServerUrl } from '../redis/server-url.ts';
import type { RedisTarget } from '../redis/target.ts';
import { wholeNumber } from './duration.ts';

/** `${NAME}` is gone before this is parsed; it is let through for the editors that read the JSON Schema. */
const redisUrl = z
  .string()
  .regex(/^(rediss?:\/\/|unix:|\$\{).+/, 'must be a redis://, rediss:// or unix:// URL');

const ADDRESS = /^[\w.-]+:\d{1,5}$|^\[[\da-fA-F:]+\]:\d{1,5}$/;

const address = z
  .string()
  .regex(ADDRESS, 'must be host:port')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  });

const pem = z.string().min(1);

const tlsFiles = z
  .strictObject({
    ca: pem
      .optional()
      .describe('Whom to trust: a PEM file, or its text. Default: the authorities of Node.js.'),
    cert: pem.optional().describe('The certificate to show: a PEM file, or its text.'),
    key: pem.optional().describe('Its private key: a PEM file, or its text.'),
    servername: z
      .string()
      .min(1)
      .optional()
      .describe("The name in the server's certificate. Default: the host."),
  })
  .refine(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    'must have cert and key, or neither',
  );

const tls = z.union([z.boolean(), tlsFiles], {
  error: ({ input }) => (isObject(input) ? undefined : 'must be true, false or {ca, cert, key, servername}'),
});

const natMap = z.record(z.string().regex(ADDRESS, 'must be host:port'), address);

const members = z.strictObject({
  url: redisUrl
    .optional()
    .describe('One server: redis://host:port/database, rediss:// with TLS, unix:///path.sock.'),
  sentinels: z.array(address).min(1).optional().describe('The Sentinels, each as host:port.'),
  name: z.string().min(1).optional().describe('The name that the Sentinels have for the master.'),
  cluster: z.array(address).min(1).optional().describe('Some nodes of a Redis Cluster, each as host:port.'),
  username: z.string().min(1).optional().describe('The ACL user.'),
  password: z.string().min(1).optional().describe('Its password.'),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .describe('The file that its password is in. It is read again at every connection.'),
  database: wholeNumber(0, 1_000_000).optional().describe('The number of the database. Not for a Cluster.'),
  tls: tls.optional().describe('Whether to connect with TLS, and with which certificates.'),
  sentinelUsername: z.string().min(1).optional().describe('The ACL user at the Sentinels.'),
  sentinelPassword: z.string().min(1).optional().describe('The password of the Sentinels.'),
  sentinelTls: tls.optional().describe('The same as tls, for the Sentinels.'),
  natMap: natMap
    .optional()
    .describe('What is reached from here, by the host:port that a Sentinel or node tells.'),
});

type Written = z.output<typeof members>;

const redisObject = members
  .superRefine((target, context) => {
    for (const [setting, message] of combinationProblems(target)) {
      context.addIssue({ code: 'custom', message, path: setting === '' ? [] : [setting] });
    }
  })
  .transform(asTarget);

const ONE_OF = 'url, sentinels and cluster';

/** What makes no sense together: the setting, and the end of a sentence that begins with its path. */
function combinationProblems(target: Written): readonly (readonly [string, string])[] {
  const { url, sentinels, cluster, name, database, natMap } = target;
  const places = [url, sentinels, cluster].filter((place) => place !== undefined);
  if (places.length === 0) return [['', `must have one of ${ONE_OF}`]];
  if (places.length > 1) return [['', `must have only one of ${ONE_OF}`]];
  const problems: [string, string][] = [];
  const refuseIf = (isWrong: boolean, setting: string, message: string) => {
    if (isWrong) problems.push([setting, message]);
  };
  refuseIf(
    !!sentinels && name === undefined,
    'name',
    'is required with sentinels: what they call the master',
  );
  refuseIf(!sentinels && name !== undefined, 'name', 'is for sentinels only');
  for (const setting of ['sentinelUsername', 'sentinelPassword', 'sentinelTls'] as const) {
    refuseIf(!sentinels && target[setting] !== undefined, setting, 'is for sentinels only');
  }
  const { sentinelUsername, sentinelPassword, password, passwordFile } = target;
  refuseIf(!!sentinelUsername && !sentinelPassword, 'sentinelPassword', 'is required with sentinelUsername');
  refuseIf(!!password && !!passwordFile, 'passwordFile', 'must not be set beside password');
  refuseIf(
    !!cluster && database !== undefined,
    'database',
    'is not for a cluster, which has only database 0',
  );
  refuseIf(!!url && natMap !== undefined, 'natMap', 'is for sentinels and a cluster only');
  return url === undefined ? problems : [...problems, ...urlProblems(url, target)];
}

function urlProblems(url: string, target: Written): readonly (readonly [string, string])[] {
  const parsed = parseServerUrl(url);
  if (!parsed.ok) return [['url', parsed.problem]];
  const problems: [string, string][] = [];
  const { address } = parsed;
  if ('path' in address) {
    if (target.tls) problems.push(['tls', 'is not for a unix socket']);
    return problems;
  }
  for (const setting of ['username', 'password', 'passwordFile'] as const) {
    const inUrl = setting === 'username' ? address.username : address.password;
    if (inUrl !== undefined && target[setting] !== undefined) {
      problems.push([setting, 'is in the url already: take it out there']);
    }
  }
  if (address.db !== 0 && target.database !== undefined) {
    problems.push(['database', 'is in the url already: take it out there']);
  }
  if (address.tls && target.tls === false) problems.push(['tls', 'must not be false: the url is rediss://']);
  if (!address.tls && target.tls) problems.push(['tls', 'needs a rediss:// URL: redis:// is without TLS']);
  return problems;
}

function asTarget({ url = '', sentinels, cluster, name = '', ...access }: Written): RedisTarget {
  if (cluster) return { cluster, ...access };
  return sentinels ? { sentinels, name, ...access } : { url, ...access };
}

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Where the ledger is. */
export const redisTarget = z
  .union(
    [
      redisUrl
        .transform((url): RedisTarget => ({ url }))
        // After the transform: what is found before it, the union does not tell.
        .superRefine((target, context) => {
          const parsed = parseServerUrl('url' in target ? target.url : '');
          if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.problem });
        }),
      redisObject,
    ],
    {
      error: ({ input }) =>
        isObject(input)
          ? undefined
          : 'must be a redis:// or rediss:// URL, unix:///path.sock, or an object with url, sentinels and name, or cluster',
    },
  )
  .describe('Where the ledger is. Unset: in the memory of this one process.');
