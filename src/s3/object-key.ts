const MAX_KEY_OCTETS = 1024;
const CONTROL_CHARACTER = /\p{Cc}/u;
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;

/**
 * What is wrong with the key of an object; undefined when a URL can name exactly that object. Servers take
 * more: what is refused here is changed by clients on the way (`..`), means the bucket itself (an empty key),
 * or breaks out of a header or a log.
 */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'must not be empty';
  if (!key.isWellFormed()) return 'must not have lone surrogates';
  if (CONTROL_CHARACTER.test(key)) return 'must not have control characters';
  if (key.startsWith('/')) return 'must not begin with /';
  if (key.endsWith('/')) return 'must not end with /';
  if (key.includes('//')) return 'must not have // in it';
  if (DOT_SEGMENT.test(key)) return 'must not have . or .. between slashes';
  if (Buffer.byteLength(key) > MAX_KEY_OCTETS) return `must be at most ${MAX_KEY_OCTETS} octets in UTF-8`;
  return undefined;
}

/** What is wrong with the beginning that every key of a store has. It may be empty, and may end with a slash. */
export function prefixProblem(prefix: string): string | undefined {
  return prefix === '' ? undefined : keyProblem(prefix.replace(/(?<=[^/])\/$/, ''));
}

/** The key under a prefix: a key that already begins with it stays as it is. */
export function underPrefix(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key : prefix + key;
}

/** Servers replace it with the name of the uploaded file, so the key of a form would not be exact. */
const FILENAME_VARIABLE = `\${filename}`;

/** What else is wrong with the key of an upload by a form; undefined when nothing is. */
export function postKeyProblem(key: string): string | undefined {
  return key.includes(FILENAME_VARIABLE)
    ? `must not have ${FILENAME_VARIABLE} in it for the operation post`
    : undefined;
}

const MAX_FILENAME_CHARACTERS = 255;

/** What a download of it is called: what comes after the last slash, or the end of it where that is too long for a file. */
export function filenameOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name.length <= MAX_FILENAME_CHARACTERS ? name : [...name].slice(-MAX_FILENAME_CHARACTERS).join('');
}
