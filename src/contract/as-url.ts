/**
 * The URL of a text; undefined for what is none. `URL.canParse` is not asked: once it has been called some thousand times,
 * Node.js 20 says no to every URL with a letter such as ä in it.
 */
export function asUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
