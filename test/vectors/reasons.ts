import { readdir, readFile } from 'node:fs/promises';

const SOURCES = new URL('../../src/token/', import.meta.url);

/** What only values can be told that did not come from JSON text. */
const UNREACHABLE = /which JSON does not know/;

/**
 * A pattern for every reason for a refusal that stands in the sources of `src/token/` so named: literals and
 * templates that begin with "it" or "its", and what UnfitJsonError says of a payload.
 */
export async function reasonsIn(isMeant: (fileName: string) => boolean): Promise<readonly RegExp[]> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith('.ts') && isMeant(name));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, SOURCES), 'utf8')));
  const code = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const direct = [...code.matchAll(/(['"`])(its? (?:(?!\1).)+)\1/g)].map(([, , reason = '']) => reason);
  const unfit = [...code.matchAll(/UnfitJsonError\((['"`])((?:(?!\1).)+)\1/g)]
    .map(([, , message = '']) => `its payload ${message}`)
    .filter((reason) => !UNREACHABLE.test(reason));
  return [...new Set([...direct, ...unfit])].map(patternOf);
}

/** A template stands for one reason at least. */
export function patternOf(reason: string): RegExp {
  const literals = reason.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.+')}$`);
}
