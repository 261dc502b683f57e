import { pointerTo, showablePath } from '../contract/input-path.ts';
import {
  MAX_JSON_NAME_CHARACTERS,
  MAX_JSON_NAMES,
  MAX_JSON_STRING_CHARACTERS,
  MAX_JSON_VALUES,
} from '../contract/limits.ts';
import { nextTurn, takeTurns } from '../contract/turns.ts';
import { requestInvalid } from '../errors.ts';
import { isExactNumber, isPlainNumber, numberAt } from './exact-number.ts';
import { MAX_JSON_DEPTH } from './json-value.ts';

export interface JsonBounds {
  /** How many values the text may have, those inside others included. */
  readonly maxValues: number;
}

/**
 * The value of a JSON text (RFC 8259) in UTF-8. Throws `request_invalid`, quoting nothing of it, also
 * for what `JSON.parse` lets pass and others read differently or drop: duplicate members, `__proto__`, a
 * byte order mark, octets that are not UTF-8, lone surrogates, numbers that a double cannot carry. Depth, names and the
 * number of values are bounded while it is scanned, once, before anything is built of it.
 */
export function parseStrictJson(
  octets: Uint8Array,
  { maxValues }: JsonBounds = { maxValues: MAX_JSON_VALUES },
): unknown {
  const text = decode(octets);
  for (const _ of scan(text, maxValues));
  return build(text);
}

/** The same of a text that may be long: other work goes on before it is decoded, and meanwhile. */
export async function parseStrictJsonInTurns(
  octets: Uint8Array,
  { maxValues }: JsonBounds,
): Promise<unknown> {
  if (octets.length > MAX_JSON_STRING_CHARACTERS) await nextTurn();
  const text = decode(octets);
  await takeTurns(scan(text, maxValues));
  return build(text);
}

function build(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(text.trim() === '' ? 'is empty; send a JSON object' : 'is not valid JSON');
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(octets: Uint8Array): string {
  try {
    return UTF_8.decode(octets);
  } catch {
    throw invalid('is not UTF-8');
  }
}

/** An object or array that has begun. */
interface Begun {
  /** The names of an object's members so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Where in it the scan is. */
  at: string | number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [MINUS, ZERO, NINE] = [0x2d, 0x30, 0x39];

/** Looks at punctuation, strings and numbers of what may or may not be JSON, and pauses now and then. */
function* scan(text: string, maxValues: number): Generator<void> {
  const begun: Begun[] = [];
  let inside: Begun | undefined;
  let nameIsNext = false;
  let mayBegin = true;
  let [values, oddNumbers, steps] = [1, 0, 0];
  const begin = () => {
    if (!mayBegin) throw invalid('is not valid JSON');
    mayBegin = false;
  };
  const goOn = () => {
    if (mayBegin) throw invalid('is not valid JSON');
    mayBegin = true;
  };
  const known = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    if (++steps % STEPS_TO_A_PAUSE === 0) yield;
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      begin();
      const end = endOfString(text, at);
      const string = unescaped(text.slice(at, end));
      if (!string.isWellFormed()) throw invalid('has a lone surrogate in a string');
      if (nameIsNext && inside?.names) addName(string, inside.names, known);
      if (nameIsNext && inside) inside.at = string;
      at = end - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      begin();
      mayBegin = true;
      if (begun.length === MAX_JSON_DEPTH) throw invalid(`is nested deeper than ${MAX_JSON_DEPTH}`);
      inside = code === OPEN_OBJECT ? { names: new Set(), at: '' } : { names: undefined, at: 0 };
      begun.push(inside);
      nameIsNext = code === OPEN_OBJECT;
      values++;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      begun.pop();
      mayBegin = false;
      inside = begun.at(-1);
      nameIsNext = false;
    } else if (code === COMMA) {
      goOn();
      nameIsNext = inside?.names !== undefined;
      if (inside && typeof inside.at === 'number') inside.at++;
      values++;
    } else if (code === COLON) {
      goOn();
      nameIsNext = false;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      begin();
      const literal = numberAt(text, at);
      if (!isPlainNumber(literal)) {
        if (!isExactNumber(literal)) throw inexact(begun);
        if (++oddNumbers > MOST_ODD_NUMBERS)
          throw invalid('has too many numbers that could be written shorter');
      }
      at += literal.length - 1;
    } else if (isSpace(code)) {
      at += lengthAt(SPACE, text, at) - 1;
    } else {
      begin();
      at += lengthAt(NAME, text, at) - 1;
    }
    if (values > maxValues) throw invalid(`has more than ${maxValues.toLocaleString('en-US')} values`);
  }
}

const STEPS_TO_A_PAUSE = 512;
/** Each costs some microseconds, and nobody writes many of them. */
const MOST_ODD_NUMBERS = 2000;

/** The place behind the quote that ends the string which begins here. */
function endOfString(text: string, start: number): number {
  const longest = start + 1 + MAX_JSON_STRING_CHARACTERS;
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (at > longest) break;
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  if (text.length <= longest) throw invalid('is not valid JSON');
  throw invalid(`has a string longer than ${MAX_JSON_STRING_CHARACTERS.toLocaleString('en-US')} characters`);
}

function unescaped(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw invalid('is not valid JSON');
  }
}

function addName(name: string, names: Set<string>, known: Set<string>): void {
  if (name.length > MAX_JSON_NAME_CHARACTERS) {
    throw invalid(`has a member whose name is longer than ${MAX_JSON_NAME_CHARACTERS} characters`);
  }
  if (name === '__proto__') throw invalid('has a member named __proto__');
  if (names.has(name)) throw invalid('has two members of the same name');
  if (names.size === MAX_JSON_VALUES) {
    throw invalid(`has an object with more than ${MAX_JSON_VALUES.toLocaleString('en-US')} members`);
  }
  names.add(name);
  if (known.add(name).size <= MAX_JSON_NAMES) return;
  throw invalid(`has more than ${MAX_JSON_NAMES.toLocaleString('en-US')} different names of members`);
}

const NAME = /true|false|null/y;
const SPACE = /[ \n\r\t]+/y;

/** How many characters match from here on. */
function lengthAt(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  const [found] = pattern.exec(text) ?? [];
  if (found === undefined) throw invalid('is not valid JSON');
  return found.length;
}

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function invalid(message: string) {
  return requestInvalid([{ path: '', message: `the body ${message}` }]);
}

function inexact(begun: readonly Begun[]) {
  const message = 'must be sent as a string: as a JSON number it would be another one for most programs';
  const parts = begun.map(({ at }) => at);
  return requestInvalid([{ path: showablePath(parts), pointer: pointerTo(parts), message }]);
}
