import { attemptId, isAttemptSecret } from '../burn/attempt.ts';
import { isReference, REFERENCE_CHARACTERS } from './reference.ts';

/** Names what a visitor redeemed at a link: the application collects it by this. */
export interface VisitorRedemption {
  /** The link's, which finds and opens the token. */
  readonly reference: string;
  /** The visitor's attempt as the ledger knows it. */
  readonly attempt: string;
}

/** The link's reference and the attempt's secret: nothing that the ledger holds makes one. */
export function formatVisitorRedemption(reference: string, attemptSecret: string): string {
  return `${reference}${attemptSecret}`;
}

/** Undefined for anything that `formatVisitorRedemption` cannot have written. */
export function parseVisitorRedemption(text: string): VisitorRedemption | undefined {
  const reference = text.slice(0, REFERENCE_CHARACTERS);
  const secret = text.slice(REFERENCE_CHARACTERS);
  if (!isReference(reference) || !isAttemptSecret(secret)) return undefined;
  return { reference, attempt: attemptId(secret) };
}
