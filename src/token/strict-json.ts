import { requestInvalid } from '../errors.ts';
import { MAX_JSON_DEPTH } from './json-value.ts';

/**
 * The value of a JSON text (RFC 8259) in UTF-8. Throws `request_invalid`, quoting nothing of it, also
 * for what `JSON.parse` lets pass and others read differently or drop: duplicate members, `__proto__`, a
 * byte order mark, octets that are not UTF-8, lone surrogates, deep nesting.
 */
export function parseStrictJson(octets: Uint8Array): unknown {
  const text = decode(octets);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('is not valid JSON');
  }
  const problem = findAmbiguity(text);
  if (problem !== undefined) throw invalid(problem);
  return value;
}

function decode(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw invalid('is not UTF-8');
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** Walks the punctuation and strings of a text that is known to be valid JSON. */
function findAmbiguity(text: string): string | undefined {
  const names: (Set<string> | undefined)[] = [];
  let nameIsNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      if (names.length === MAX_JSON_DEPTH) return `is nested deeper than ${MAX_JSON_DEPTH}`;
      names.push(token === '{' ? new Set() : undefined);
      nameIsNext = token === '{';
    } else if (token === '}' || token === ']') {
      names.pop();
    } else if (token === ',') {
      nameIsNext = names.at(-1) !== undefined;
    } else if (token === ':') {
      nameIsNext = false;
    } else {
      const string = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
      if (!string.isWellFormed()) return 'has a lone surrogate in a string';
      if (nameIsNext && string === '__proto__') return 'has a member named __proto__';
      if (nameIsNext && names.at(-1)?.has(string)) return 'has two members of the same name';
      if (nameIsNext) names.at(-1)?.add(string);
    }
  }
  return undefined;
}

function invalid(message: string) {
  return requestInvalid([{ path: '', message: `the body ${message}` }]);
}
