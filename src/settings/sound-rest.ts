import type { InputProblem } from '../errors.ts';
import { isMap } from './tree.ts';

/** What is left of a file without the parts that its schema refuses. */
export interface SoundRest {
  readonly tree: unknown;
  /** Whether a problem of the rest may only be there because of what was left out. */
  readonly mayBeAnEcho: (problem: InputProblem) => boolean;
}

/** Sections whose entries others name; here, what stands for an entry that is refused, so that its name is still known. */
const STAND_INS: Readonly<Record<string, (refused: unknown) => object>> = {
  purposes: (refused) => ({ audience: audienceOf(refused), lifetime: '1m' }),
  stores: () => ({ bucket: 'unknown' }),
};

/**
 * The rest, so that it can be checked whether its parts fit together: whoever mends the file sees everything at once.
 * Undefined if that would say too much: a section of another name may be the one that others refer to.
 */
export function soundRest(
  tree: unknown,
  problems: readonly InputProblem[],
  sections: readonly string[],
): SoundRest | undefined {
  if (!isMap(tree)) return undefined;
  const rest: Record<string, unknown> = { ...tree };
  const left = new Set<string>();
  for (const { path } of problems) {
    const [section = '', name = ''] = path.split('.');
    if (!sections.includes(section)) return undefined;
    const standIn = STAND_INS[section];
    if (section !== 'callers' && !standIn) {
      delete rest[section];
      left.add(section);
    } else if (!left.has(`${section}.${name}`)) {
      const entries = rest[section];
      if (!isMap(entries)) return undefined;
      const { [name]: refused, ...others } = entries;
      rest[section] = standIn ? { ...entries, [name]: standIn(refused) } : others;
      left.add(`${section}.${name}`);
    }
    if (path === `purposes.${name}.audience`) left.add('audience');
  }
  return { tree: rest, mayBeAnEcho: ({ path }) => echoes(path, left) };
}

function echoes(path: string, left: ReadonlySet<string>): boolean {
  if (path.endsWith('.audience')) return left.has('audience');
  if (path.includes('.link.text.')) return left.has('pages');
  return /^(?:keys|ledger)\./.test(path) && (left.has('keys') || left.has('ledger'));
}

function audienceOf(purpose: unknown): unknown {
  const audience = isMap(purpose) ? purpose.audience : undefined;
  const isText = (each: unknown) => typeof each === 'string' && each !== '';
  return isText(audience) || (Array.isArray(audience) && audience.length > 0 && audience.every(isText))
    ? audience
    : 'unknown';
}
