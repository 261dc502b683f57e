import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Stands for what a message has only when it is said. */
const HOLE = '\u0000';
/** The scripts once more, as they travel with the code: each whole file as one text. */
const GENERATED = 'redis/scripts/sources.ts';

/** Every text that is written in a source tree. What a text is put together from has a hole where something else stands. */
export function textsIn(src: string): readonly string[] {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const read = (path: string) => readFileSync(`${src}/${path}`, 'utf8');
  return [
    ...paths.filter((path) => path.endsWith('.lua')).flatMap((path) => textsOfLua(read(path))),
    ...paths
      .filter((path) => path.endsWith('.ts') && path !== GENERATED)
      .flatMap((path) => textsOfTypeScript(read(path))),
  ];
}

function textsOfTypeScript(source: string): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = written(node);
    if (text !== undefined) texts.push(text);
    // The operands of a sum are in its text, and are no texts of their own.
    const parts = text !== undefined && ts.isBinaryExpression(node) ? holesOf(node) : [node];
    for (const part of parts) ts.forEachChild(part, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return texts;
}

/** The text of a literal, a template, or a sum with one of them. */
function written(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('');
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [written(node.left), written(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? HOLE}${right ?? HOLE}`;
}

function holesOf(node: ts.Expression): readonly ts.Node[] {
  if (ts.isBinaryExpression(node)) return [...holesOf(node.left), ...holesOf(node.right)];
  return [node];
}

const LUA_TEXT = /'((?:[^'\\\n]|\\.)*)'/g;
const LUA_SUM = /' *\.\.\s*[\w.]+\s*\.\. *'/g;

function textsOfLua(source: string): readonly string[] {
  const joined = source.replaceAll(LUA_SUM, HOLE);
  return [...joined.matchAll(LUA_TEXT)].map(([, text = '']) => text);
}

/** Shorter words are written everywhere. */
const LEAST_CHARACTERS = 6;

/**
 * Whether one of the texts is this message. In a message `…` stands for what differs each time, or, at its beginning or
 * end, for more of the text.
 */
export function isWritten(message: string, texts: readonly string[]): boolean {
  if (message.replaceAll(/[…\s]/g, '').length < LEAST_CHARACTERS) return false;
  const parts = message.split('…');
  const pattern = parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const [begin, end] = [index === 0 && part !== '' ? '^' : '', isLast && part !== '' ? '$' : ''];
    // Nothing is asked of what comes before the first part, and behind the last one.
    const isInside =
      !isLast && !(index === 0 && part === '') && !(index === parts.length - 2 && parts.at(-1) === '');
    return `${begin}${part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}${end}${isInside ? GAP : ''}`;
  });
  const expression = new RegExp(pattern.join(''));
  return texts.some((text) => expression.test(text));
}

/** Between two parts of a text there is a hole, or the sign itself. */
const GAP = `(?:…|[\\s\\S]*${HOLE}[\\s\\S]*)`;
