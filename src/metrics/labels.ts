import { ERROR_CODES } from '../errors.ts';
import { LIMIT_NAMES } from '../limits/limit.ts';

/** What a value is called that nobody configured and no closed set has. */
export const OTHER = '(other)';
/** What an absent value is called: a label without a value is lost on its way from a worker. */
export const NONE = '(none)';

/** The values that a label may have. Everything else becomes one of the two above, so that no request makes a series. */
export function closedSet(values: Iterable<string>): (value: string | undefined) => string {
  const known = new Set([...values, NONE]);
  return (value) => (value === undefined ? NONE : known.has(value) ? value : OTHER);
}

/** Why an epoch began: see docs/ledger.md. */
export const EPOCH_REASONS = [
  'no-epoch',
  'identity-changed',
  'records-lost',
  'freeze-not-thawed',
  'clock-went-back',
  'memory-went-back',
  'epoch-came-back',
  'generations-used-up',
] as const;

/** The outcomes of a redemption that are there from the beginning, so that the first of each is seen as an increase. */
export const FIRST_OUTCOMES = [
  'redeemed',
  'held',
  'token_invalid',
  'token_expired',
  'token_burned',
  'token_held',
  'token_revoked',
  'token_superseded',
  'token_void',
  'purpose_mismatch',
  'audience_mismatch',
  'binding_mismatch',
  'ledger_unavailable',
] as const;

export const outcomeLabel = closedSet(['redeemed', 'held', ...ERROR_CODES]);
export const limitLabel = closedSet(LIMIT_NAMES);
export const reasonLabel = closedSet(EPOCH_REASONS);
/** Those that some route answers with anything but 405. */
export const methodLabel = closedSet(['GET', 'HEAD', 'POST', 'OPTIONS']);
