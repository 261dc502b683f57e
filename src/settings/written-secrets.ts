import { parseServerUrl } from '../redis/server-url.ts';
import { isMap } from './tree.ts';

/** Settings that are secrets as a whole. */
const SECRETS = [
  'ledger.redis.password',
  'ledger.redis.sentinelPassword',
  'keys.wrap.secret',
  'keys.wrap.previous.secret',
];
/** Those that may have one in them. */
const URLS = ['ledger.redis', 'ledger.redis.url'];
const PRIVATE_KEYS = ['ledger.redis.tls.key', 'ledger.redis.sentinelTls.key'];

/** The settings whose secrets stand in the file itself. `tree` still has its references to variables. */
export function writtenSecrets(tree: unknown): readonly string[] {
  const written = (hasSecret: (text: string) => boolean) => (path: string) => {
    const text = path.split('.').reduce(memberOf, tree);
    return typeof text === 'string' && !text.includes('${') && hasSecret(text);
  };
  return [
    ...URLS.filter(written(hasPassword)),
    ...SECRETS.filter(written(() => true)),
    ...PRIVATE_KEYS.filter(written((text) => text.includes('PRIVATE KEY'))),
  ];
}

function memberOf(tree: unknown, name: string): unknown {
  return isMap(tree) && Object.hasOwn(tree, name) ? tree[name] : undefined;
}

function hasPassword(url: string): boolean {
  const parsed = parseServerUrl(url);
  return parsed.ok && 'password' in parsed.address && parsed.address.password !== undefined;
}
