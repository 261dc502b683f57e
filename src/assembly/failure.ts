import { MatchstickError } from '../errors.ts';
import { ListenError } from '../http/address.ts';
import { SettingsError } from '../settings/error.ts';
import { WorkerError } from './crew.ts';

/** What a person who starts the service can mend. */
const EXPECTED = [SettingsError, ListenError, MatchstickError];

/** Why the service does not start, for a person; anything unexpected with its stack. Undefined if it was said already. */
export function describeFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof WorkerError) return undefined;
  return EXPECTED.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
