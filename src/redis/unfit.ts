import { MatchstickError } from '../errors.ts';
import { AwayError } from './away.ts';
import { isLasting } from './error-reply.ts';

/** Redis answered, and waiting will not help. */
export class UnfitLedgerError extends MatchstickError {
  constructor(why: string) {
    super('ledger_unavailable', `This Redis cannot hold the ledger. ${why.replace(/\.?$/, '.')}`);
  }
}

/** Whether a failure says that this server can never hold the ledger as things are. */
export function isUnfitServer(error: unknown): error is MatchstickError {
  if (!(error instanceof MatchstickError)) return false;
  if (error instanceof UnfitLedgerError) return true;
  return error.cause instanceof AwayError ? error.cause.isLasting : isLasting(error.cause);
}
