import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { InputProblem } from '../errors.ts';
import { SettingsError } from './error.ts';
import { explainIn } from './yaml-hints.ts';
import { yamlMistake } from './yaml-mistakes.ts';

/** A configuration as it is written. */
export interface WrittenText {
  readonly tree: unknown;
  /** The same problem, in words that fit what is written there. Nothing of it is quoted: a password may be in it. */
  readonly explain: (problem: InputProblem) => InputProblem;
}

/** Reads YAML. Throws a SettingsError for the first mistake in it: the next ones may only follow from it. */
export function readYaml(text: string, source: string): WrittenText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const refuseAt = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new SettingsError(source, [{ path: '', message: `line ${line}, column ${col}: ${message}` }]);
  };
  const [mistake] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (mistake) {
    const [offset] = mistake.pos;
    const line = lineAt(text, offset);
    refuseAt(offset, yamlMistake(mistake, line.text, lineAt(text, line.begin - 1).text));
  }
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) refuseAt(alias.range?.[0] ?? 0, NO_ANCHOR);
    },
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN')
        refuseAt(key.range?.[0] ?? 0, MERGE_KEY);
    },
  });
  return { tree: treeOf(document, source), explain: explainIn(document, text, lines) };
}

const NO_ANCHOR =
  'a value that begins with * stands for one that is marked with &, and there is none of that name before it. Put a text in quotes, as in "*"';
const MERGE_KEY = 'merge keys (<<) are not read: write each setting out where it belongs';

/** Aliases are resolved only here, and may be too many. */
function treeOf(document: Document, source: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch {
    throw new SettingsError(source, [{ path: '', message: 'has aliases (*) that make it far too large' }]);
  }
}

/** The line with the character there; an empty one before the text. */
function lineAt(text: string, offset: number): { readonly begin: number; readonly text: string } {
  if (offset < 0) return { begin: 0, text: '' };
  const begin = text.slice(0, offset).lastIndexOf('\n') + 1;
  return { begin, text: text.slice(begin).split('\n', 1)[0] ?? '' };
}
