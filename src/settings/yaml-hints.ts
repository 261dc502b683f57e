import { type Document, isMap, isNode, isScalar, type LineCounter, type Node } from 'yaml';
import type { InputProblem } from '../errors.ts';

const LOOKS_LIKE_A_NAME = /^[\w.-]{1,40}$/;

/** Finds what YAML made of a value that was meant as another, by the problem that there is with it. */
export function explainIn(
  document: Document,
  text: string,
  lines: LineCounter,
): (problem: InputProblem) => InputProblem {
  const nodeAt = (parts: readonly string[]): unknown => {
    const at = document.getIn(
      parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    );
    return at;
  };
  return (problem) => {
    const parts = problem.path === '' ? [] : problem.path.split('.');
    if (parts.at(-1) === '(unnamed)') return withoutName(problem, parts.slice(0, -1), nodeAt, lines);
    const node = parts.length === 0 ? document.contents : nodeAt(parts);
    const hint = isNode(node) ? hintFor(problem.message, node, text) : undefined;
    return hint === undefined ? problem : { ...problem, message: hint(problem.message) };
  };
}

/** A name that does not look like one may be anything, so its line is told. */
function withoutName(
  { message: _, pointer: __, ...problem }: InputProblem,
  parent: readonly string[],
  nodeAt: (parts: readonly string[]) => unknown,
  lines: LineCounter,
): InputProblem {
  const map = nodeAt(parent);
  const keys = isMap(map) ? map.items.map(({ key }) => key) : [];
  const key = keys.find((each) => isScalar(each) && !LOOKS_LIKE_A_NAME.test(String(each.value)));
  const begin = isScalar(key) ? key.range?.[0] : undefined;
  const where = begin === undefined ? '' : `, in line ${lines.linePos(begin).line}`;
  return { ...problem, path: parent.join('.'), message: `has a name that is not known here${where}` };
}

function hintFor(message: string, node: Node, text: string): ((message: string) => string) | undefined {
  const isRefusedAs = (kind: string) => message.endsWith(`, not ${kind}`);
  const isMissing = isScalar(node) && node.value === null;
  if (isMissing && (isRefusedAs('null') || followsComment(node, text))) {
    return followsComment(node, text)
      ? () => 'has no value, because # begins a comment: put it in quotes, as in "#1f5fd1"'
      : () =>
          message.startsWith('must be an object')
            ? 'has no value: write its settings, or {}'
            : 'has no value';
  }
  if (isRefusedAs('an object') && isMap(node) && node.flow) {
    return (kept) => `${kept}: a value that begins with { must be in quotes, as in "{subject}"`;
  }
  if (message.startsWith('must be an object, ') && isScalar(node) && /^\w+:\S/.test(String(node.value))) {
    return (kept) => `${kept}: put a space after each colon, as in name: value`;
  }
  return undefined;
}

/** Whether a value is missing where the line goes on with a comment that touches its #. */
function followsComment(node: Node, text: string): boolean {
  const begin = node.range?.[0] ?? 0;
  const lineBegin = text.lastIndexOf('\n', begin - 1) + 1;
  return /^[^#]*:[ \t]+#[^\s#]/.test(text.slice(lineBegin).split('\n', 1)[0] ?? '');
}
