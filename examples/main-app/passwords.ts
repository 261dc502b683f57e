import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const SHORTEST = 12;
const LONGEST = 256;
const FEWEST_DIFFERENT = 5;
/** A few that everybody tries first. An application asks a list of leaked passwords. */
const COMMON = new Set([
  '123456789012',
  'administrator',
  'changemeplease',
  'iloveyou1234',
  'letmein12345',
  'password1234',
  'qwertyuiop123',
  'welcome12345',
]);

/** What is wrong with a new password; undefined when it is good. */
export function problemOfPassword(password: string): string | undefined {
  const characters = [...password];
  if (characters.length < SHORTEST) return `Use at least ${SHORTEST} characters.`;
  if (characters.length > LONGEST) return `Use at most ${LONGEST} characters.`;
  if (/^\S+@\S+$/.test(password)) return 'An e-mail address is the first thing that others would try.';
  const isCommon = COMMON.has(password.toLowerCase()) || new Set(characters).size < FEWEST_DIFFERENT;
  return isCommon ? 'That is one of the passwords that others would try.' : undefined;
}

// From OWASP's password storage cheat sheet: 32 MiB, and a fraction of a second.
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`;
}

/** Fits no password. Who has no account waits for it as long as everybody else. */
const NOBODYS = [16, 32].map((length) => Buffer.alloc(length).toString('base64url')).join('.');

export async function isPassword(password: string, hash: string = NOBODYS): Promise<boolean> {
  const [salt = '', expected = ''] = hash.split('.');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  return timingSafeEqual(derived, Buffer.from(expected, 'base64url'));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, COST, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
