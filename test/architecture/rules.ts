import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import {
  AMBIENT,
  CASTS,
  EXCEPTIONS,
  FLOORS,
  GENERATED,
  MAX_LINES,
  MEDIAN_BELOW,
  ONLY,
  PACKAGES,
  ROOT_FILES,
} from './table.ts';

interface SourceFile {
  /** Relative to src/. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly from: string;
  /** A path relative to src/, or the name of a package. */
  readonly to: string;
  /** `import type` costs nothing at run time, and `import(…)` only where it is reached. */
  readonly isLazy: boolean;
}

export interface House {
  readonly folders: readonly string[];
  readonly files: readonly SourceFile[];
}

/** Reads a source tree. */
export function readHouse(src: string): House {
  const entries = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const files = entries
    .filter((path) => path.endsWith('.ts'))
    .map((path) => fileOf(path, readFileSync(join(src, path), 'utf8')));
  return { folders: entries.filter((path) => statSync(join(src, path)).isDirectory()), files };
}

/** Copies of the house that differ in one file are read again and again. */
const read = new Map<string, SourceFile>();

function fileOf(path: string, written: string): SourceFile {
  const key = `${path}\n${written}`;
  const known = read.get(key);
  if (known) return known;
  const text = withoutComments(written);
  const file = { path, text, imports: importsIn(path, text) };
  read.set(key, file);
  return file;
}

/** Every rule of the house, and what breaks it. */
export const RULES: Readonly<Record<string, (house: House) => readonly string[]>> = {
  'every room is in the table': ({ folders }) => {
    const rooms = folders.filter((path) => !path.includes('/'));
    const known = FLOORS.flat().filter((room) => !room.endsWith('.ts'));
    return [
      ...rooms.filter((room) => !known.includes(room)),
      ...known.filter((room) => !rooms.includes(room)),
    ];
  },

  'five files stand at the root': ({ files }) => {
    const root = files.map(({ path }) => path).filter((path) => !path.includes('/'));
    return [
      ...root.filter((path) => !ROOT_FILES.includes(path)),
      ...ROOT_FILES.filter((path) => !root.includes(path)),
    ];
  },

  'imports go downwards': (house) =>
    importsOf(house)
      .filter(({ from, to }) => to.endsWith('.ts') && !mayImport(roomOf(from), roomOf(to)))
      .map(arrow),

  'every exception is used': (house) => {
    const used = new Set(importsOf(house).map(({ from, to }) => `${roomOf(from)} -> ${roomOf(to)}`));
    return Object.keys(EXCEPTIONS).filter((exception) => !used.has(exception));
  },

  'no import leads back': (house) => {
    const cycles = new Set<string>();
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) cycles.add([...way.slice(way.indexOf(path)), path].join(' -> '));
      if (done.has(path)) return;
      done.add(path);
      for (const { to } of house.files.find((file) => file.path === path)?.imports ?? [])
        visit(to, [...way, path]);
    };
    for (const { path } of house.files) visit(path, []);
    return [...cycles];
  },

  'a package is imported only where it is known': (house) =>
    importsOf(house)
      .filter(({ from, to }) => !to.endsWith('.ts') && !PACKAGES[to]?.includes(roomOf(from)))
      .map(arrow),

  'time, randomness and the environment are handed in': ({ files }) => {
    const ambient =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.env\b|\brandomUUID\b|import \{[^}]*\brandomBytes\b[^}]*\} from 'node:crypto'/;
    const takers = files.filter(({ text }) => ambient.test(text)).map(({ path }) => path);
    return difference(takers, Object.keys(AMBIENT));
  },

  'no type is made true by a cast': ({ files }) => {
    const casting = files
      .filter(
        ({ path, text }) =>
          !GENERATED.includes(path) && / as (?!const\b)[A-Za-z{[(]/.test(withoutImports(text)),
      )
      .map(({ path }) => path);
    return difference(casting, Object.keys(CASTS));
  },

  'no global type is changed': ({ files }) =>
    files.filter(({ text }) => /\bdeclare (?:global|module)\b/.test(text)).map(({ path }) => path),

  'no room and no file is named for nothing': ({ folders, files }) => {
    const empty = /^(?:utils?|helpers?|types?|services?|lib|common|misc|shared)$/;
    const preposition = /^(?:in|at|by|of|on|to|with|from|before|after)(?:-|$)/;
    const names = [...folders, ...files.map(({ path }) => path)];
    return names.filter((path) => {
      const name = baseName(path);
      return empty.test(name) || preposition.test(name);
    });
  },

  'no file repeats the name of its room': ({ files }) =>
    files.map(({ path }) => path).filter((path) => baseName(path).startsWith(`${baseName(dirname(path))}-`)),

  'no exported name means two things': ({ files }) => {
    const owners = new Map<string, string[]>();
    for (const { path, text } of files) {
      const names = new Set([...text.matchAll(EXPORTED)].map(([, name = '']) => name));
      for (const name of names) owners.set(name, [...(owners.get(name) ?? []), path]);
    }
    return [...owners]
      .filter(([, paths]) => paths.length > 1)
      .map(([name, paths]) => `${name}: ${paths.join(', ')}`);
  },

  'no file is long, and half of them are short': ({ files }) => {
    const lengths = files
      .filter(({ path }) => !GENERATED.includes(path))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .sort((a, b) => a.lines - b.lines);
    const median = lengths[Math.floor(lengths.length / 2)];
    return [
      ...lengths.filter(({ lines }) => lines > MAX_LINES).map(({ path, lines }) => `${path}: ${lines} lines`),
      ...(median && median.lines >= MEDIAN_BELOW
        ? [`half of the files have ${median.lines} lines or more`]
        : []),
    ];
  },

  'the client needs nothing that only Node has': (house) =>
    [...reachableFrom('client/index.ts', house)].filter(
      (name) => !name.endsWith('.ts') && !['jose', 'zod/mini'].includes(name),
    ),

  'a guard knows no framework': (house) =>
    [...reachableFrom('guard/admit.ts', house)].filter((name) =>
      /^(?:express|node:http|node:net)$/.test(name),
    ),

  'the AWS SDK is loaded only for those who have stores': (house) => [
    ...importsOf(house)
      .filter(({ to, isLazy }) => to.startsWith('@aws-sdk') && !isLazy)
      .map(arrow),
    ...(reachableFrom('s3/stores.ts', house).has('@aws-sdk/client-s3')
      ? []
      : ['s3/stores.ts does not load it']),
  ],

  'a start loads nothing that only some deployments need': (house) =>
    ['main.ts', 'assembly/open-service.ts'].flatMap((start) =>
      [...loadedWith(start, house)].filter((name) =>
        /^(?:ioredis|rate-limiter-flexible|ajv.*|re2js|@opentelemetry.*|console\/.*|http\/openapi\/.*)$/.test(
          name,
        ),
      ),
    ),

  'the library loads nothing that only the service needs': (house) =>
    [...loadedWith('index.ts', house)].filter((name) =>
      /^(?:express|yaml|ajv.*|pino|negotiator)$/.test(name),
    ),

  'Express is seen by one file of the service': (house) =>
    difference(
      importsOf(house)
        .filter(({ to }) => to === 'express')
        .map(({ from }) => from),
      ['http/express-app.ts'],
    ),
};

const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function|const|class|interface|type|enum) (\w+)/gm;

function mayImport(from: string, to: string): boolean {
  if (from === to || `${from} -> ${to}` in EXCEPTIONS) return true;
  if (ONLY[from]) return ONLY[from].includes(to);
  return floorOf(to) < floorOf(from) && floorOf(to) >= 0;
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function baseName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ts$/, '');
}

function importsOf({ files }: House): readonly Import[] {
  return files.flatMap(({ imports }) => imports);
}

function arrow({ from, to }: Import): string {
  return `${from} -> ${to}`;
}

/** What is in one list and not in the other. */
function difference(found: readonly string[], expected: readonly string[]): readonly string[] {
  return [
    ...found.filter((name) => !expected.includes(name)),
    ...expected.filter((name) => !found.includes(name)),
  ];
}

/** Every file and package that a file leads to. */
function reachableFrom(start: string, house: House, lazily = true): ReadonlySet<string> {
  const reached = new Set([start]);
  const imports = importsOf(house).filter(({ isLazy }) => lazily || !isLazy);
  for (const path of reached) for (const { from, to } of imports) if (from === path) reached.add(to);
  return reached;
}

/** What is loaded with a file: types and what is imported later are not. */
function loadedWith(start: string, house: House): ReadonlySet<string> {
  return reachableFrom(start, house, false);
}

function importsIn(path: string, text: string): readonly Import[] {
  const specifiers = text.matchAll(
    /(?:((?:\bimport|\bexport) type[^';]*?)?\bfrom\s+|\bimport\s+|(\bimport\(\s*))'([^']+)'/g,
  );
  return [...specifiers].map(([, typeOnly, dynamic, specifier = '']) => ({
    from: path,
    to: specifier.startsWith('.') ? relative('.', join(dirname(path), specifier)) : specifier,
    isLazy: typeOnly !== undefined || dynamic !== undefined,
  }));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function withoutImports(text: string): string {
  return (
    text
      .replace(/^(?:import|export) [^;]*? from '[^']*';$/gm, '')
      // The keys of a mapped type.
      .replace(/\[\w+ in [^\]]* as [^\]]*\]/g, '')
      .replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g, "''")
  );
}
