import { EXIT } from './failure.ts';
import type { CommandOutcome } from './verb.ts';

/** What a command says of a file that was to be new, and that it could not make. */
export function notMade(path: string, error: unknown): CommandOutcome {
  const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  const why = error instanceof Error ? error.message : String(error);
  const message = isThere
    ? `${path} is there already. Nothing was changed.`
    : `${path} cannot be made: ${why}`;
  const data = { error: { code: 'not_made', message } };
  return { data, text: '', words: `${message}\n`, exitCode: EXIT.refused };
}
