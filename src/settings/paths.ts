import { dirname, relative, resolve, sep } from 'node:path';
import type { InputProblem } from '../errors.ts';
import { isMap } from './tree.ts';

/** Where relative paths of a configuration count from. */
export interface PathBase {
  /** An absolute path. */
  readonly folder: string;
  /** From where they counted once: what is found there and not in `folder` is a mistake. */
  readonly workingFolder: string;
  readonly isThere: (path: string) => boolean;
}

export const DEFAULT_KEY_FILE = './data/keys.json';

/** Settings that are paths of files. Those of Redis are looked at where they are read. */
const FILES: readonly (readonly string[])[] = [
  ['keys', 'file'],
  ['pages', 'logo'],
];

/** The tree with absolute paths, and every file that is where paths no longer count from. */
export function withAbsolutePaths(
  tree: unknown,
  base: PathBase,
): { readonly tree: unknown; readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = [];
  const absolute = FILES.reduce(
    (whole, names) =>
      replacedAt(whole, names, (written) => {
        const path = resolve(base.folder, written);
        const message = leftBehind(written, path, base);
        if (message) problems.push({ path: names.join('.'), message });
        return path;
      }),
    withKeyFile(tree),
  );
  return { tree: absolute, problems };
}

/** A file in the folder that paths once counted from. Without it, the start would make new keys and say nothing. */
function leftBehind(
  written: string,
  path: string,
  { folder, workingFolder, isThere }: PathBase,
): string | undefined {
  // Written for a folder like config/, beside which the data is.
  if (written.startsWith('..')) return undefined;
  const former = resolve(workingFolder, written);
  if (former === path || isThere(path) || !isThere(former)) return undefined;
  return `there is no ${path}, but there is ${former}: relative paths count from ${folder}. Move the file there, or write its whole path`;
}

/** A folder of the project that this configuration comes with: the clone, or what the package is installed in. */
export function projectFolder(shippedConfig: string, workingFolder: string): string {
  const root = dirname(dirname(shippedConfig));
  const names = root.split(sep);
  const installed = names.indexOf('node_modules');
  if (installed === -1) return root;
  const project = names.slice(0, installed).join(sep) || sep;
  const isWithin = !relative(project, workingFolder).startsWith('..');
  return isWithin ? project : workingFolder;
}

function withKeyFile(tree: unknown): unknown {
  if (!isMap(tree)) return tree;
  const keys = 'keys' in tree ? tree.keys : {};
  return isMap(keys) && !('file' in keys) ? { ...tree, keys: { ...keys, file: DEFAULT_KEY_FILE } } : tree;
}

/** The same tree with another text in one place, if there is a path there. */
function replacedAt(tree: unknown, names: readonly string[], replace: (path: string) => string): unknown {
  const [name, ...further] = names;
  if (name === undefined) return typeof tree === 'string' && isPath(tree) ? replace(tree) : tree;
  if (!isMap(tree) || !Object.hasOwn(tree, name)) return tree;
  return { ...tree, [name]: replacedAt(tree[name], further, replace) };
}

/** An image may be written out. */
function isPath(text: string): boolean {
  return text !== '' && !/^data:/i.test(text);
}
