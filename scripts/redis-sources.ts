import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../src/redis/scripts/', import.meta.url);
const HEAD = /^-- KEYS (.+)\n-- ARGV (.+(?:\n-- {6}.+)*)\n/;

/** The text of src/redis/scripts/sources.ts. Throws for a Lua file that does not name its keys and arguments. */
export function redisSources(): string {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.lua'))
    .sort()
    .map((name) => ({ name: name.slice(0, -4), text: readFileSync(new URL(name, FOLDER), 'utf8') }));
  const scripts = files.flatMap(({ name, text }) => (text.startsWith('-- KEYS ') ? [entry(name, text)] : []));
  const sources = files.map(({ name, text }) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`);
  return [
    '// Made from the .lua files beside it by "npm run scripts". Do not edit it: edit them, and run that again.',
    '',
    '/** What each script is called with, in order. Keys and arguments have the names of their variables in Lua. */',
    'export const PARAMETERS = {',
    ...scripts,
    '} as const;',
    '',
    '/** The text of each file. */',
    'export const SOURCES = {',
    ...sources,
    '} as const;',
    '',
  ].join('\n');
}

function entry(name: string, text: string): string {
  const [, keys = '', args = ''] = HEAD.exec(text) ?? [];
  if (keys === '') throw new Error(`${name}.lua does not begin with its KEYS and ARGV`);
  const declared =
    args === 'none'
      ? []
      : args
          .replaceAll('\n--', '')
          .split(',')
          .map((each) => each.trim());
  const names = declared.map((each) => each.replace(/: number$/, ''));
  const numbers = declared.filter((each) => each.endsWith(': number')).map((each) => each.slice(0, -8));
  const wrong = names.find((each) => !/^[a-z]+(?:_[a-z]+)*$/.test(each));
  if (wrong !== undefined) throw new Error(`${name}.lua has an argument "${wrong}", which is not a name`);
  const list = (each: readonly string[]) => `[${each.map((word) => `'${word}'`).join(', ')}]`;
  const members = [`keys: ${list(keys.split(', '))}`, `args: ${list(names)}`, `numbers: ${list(numbers)}`];
  return `  '${name}': { ${members.join(', ')} },`;
}
