import type { IncomingMessage } from 'node:http';

const NONE: readonly string[] = [];

/** Every value of a header, in the order of its lines. `name` is in lower case. */
export function headerLines({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  let lines: string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at] ?? '';
    if (each.length !== name.length || each.toLowerCase() !== name) continue;
    if (lines) lines.push(rawHeaders[at + 1] ?? '');
    else lines = [rawHeaders[at + 1] ?? ''];
  }
  return lines ?? NONE;
}
