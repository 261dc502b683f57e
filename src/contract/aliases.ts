/** What people call a field who come from elsewhere, and how its value is written. */
interface Known {
  /** In lower case, without `_` and `-`. */
  readonly aliases: readonly string[];
  /** Follows the name in a hint. */
  readonly how?: string;
}

const TIMES = [
  'ttl',
  'ttlseconds',
  'exp',
  'expires',
  'expiresat',
  'expiresinseconds',
  'expiry',
  'expiration',
];
const DIGESTED = [
  ...['key', 'keys', 'apikey', 'callerkey', 'authkey', 'secret', 'secrets', 'token', 'tokens', 'password'],
  ...['hash', 'hashes', 'keyhash', 'secrethash', 'digest', 'keydigest', 'sha256'],
];
const TERMS = ['duration', 'maxage', 'validfor'];

/** By the name of the field, wherever a schema has one of that name. */
const FIELDS: Readonly<Record<string, Known>> = {
  expiresIn: { aliases: [...TIMES, ...TERMS, 'lifetime', 'lifetimeseconds'], how: 'in seconds from now' },
  lifetime: { aliases: [...TIMES, ...TERMS, 'expiresin', 'lifetimeseconds'], how: 'such as 15m' },
  hold: { aliases: ['holdfor', 'holdseconds', 'lock'], how: 'in seconds' },
  uses: { aliases: ['maxuses', 'usagelimit', 'usecount'] },
  purpose: { aliases: ['scope', 'type', 'kind'] },
  subject: { aliases: ['sub', 'user', 'userid', 'uid'] },
  audience: { aliases: ['aud'] },
  issuer: { aliases: ['iss'] },
  claims: { aliases: ['payload', 'data', 'metadata', 'customclaims'] },
  bind: { aliases: ['binding', 'bindings', 'cnf', 'confirmation'] },
  key: { aliases: ['jkt', 'jwk', 'thumbprint', 'objectkey', 'path'] },
  token: { aliases: ['jwt', 'accesstoken'] },
  jti: { aliases: ['id', 'tokenid'] },
  keySha256: { aliases: DIGESTED, how: 'the SHA-256 of the key and never the key itself' },
  store: { aliases: ['bucket'] },
  operation: { aliases: ['method', 'action'] },
};

/** Whether somebody who writes `name` is likely to mean the field `field`. */
export function isAlias(name: string, field: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
  return Object.hasOwn(FIELDS, field) && FIELDS[field]?.aliases.includes(plain) === true;
}

/** A field as a hint names it: `expiresIn, in seconds from now`. */
export function fieldHint(path: string): string {
  const field = path.split('.').at(-1) ?? '';
  const how = Object.hasOwn(FIELDS, field) ? FIELDS[field]?.how : undefined;
  return how === undefined ? path : `${path}, ${how}`;
}
