import type { LimitName } from '../limits/limit.ts';
import type { LinkCode } from '../links/link-code.ts';
import type { EPOCH_REASONS } from '../metrics/labels.ts';

/** Why something was refused: what happened, as the end of a sentence after a colon, and what to do about it. */
export interface Reason {
  readonly happened: string;
  readonly todo: string;
}

const NEW_ONE = 'Have the application send a new one.';
const LOOK_AT_CALLER = 'Show this page to the developers of the application that made the call.';
const AGAIN = 'Try again. Nothing was lost: the token is as it was.';

/** Every code that a call can be refused with. */
export const REASONS: Readonly<Record<LinkCode, Reason>> = {
  request_invalid: { happened: 'the request had wrong or missing fields', todo: LOOK_AT_CALLER },
  token_invalid: {
    happened:
      'it is not a genuine token of this service: it was changed, cut off, or signed by a key that is gone',
    todo: `Check that the whole link or token was copied. ${NEW_ONE}`,
  },
  caller_unknown: {
    happened: 'the application sent no caller key, or one that is not known here',
    todo: 'Give the application a key that is configured here.',
  },
  caller_forbidden: {
    happened: 'the application has no right to do that with this purpose',
    todo: 'Give the caller the right in the configuration, or use the caller that has it.',
  },
  purpose_mismatch: {
    happened: 'it was used for something other than what it was made for',
    todo: 'Name the purpose of the token when redeeming it. The token was not used up.',
  },
  audience_mismatch: {
    happened: 'it was used at a service other than the one it was made for',
    todo: 'Redeem it at the audience that it names. The token was not used up.',
  },
  binding_mismatch: {
    happened: 'it is bound to a session, key, request or action, and was used with a different one',
    todo: 'Open it in the browser or program that asked for it. If the person did not try it, somebody else may have it: revoke it.',
  },
  not_found: {
    happened: 'there was nothing under that name, or no longer',
    todo: `Check that the whole link was copied. ${NEW_ONE}`,
  },
  method_not_allowed: { happened: 'the call used a method that is not allowed', todo: LOOK_AT_CALLER },
  token_held: {
    happened: 'another attempt was using it at that moment',
    todo: 'Wait until that attempt ends, then look here again.',
  },
  token_expired: { happened: 'it had expired', todo: NEW_ONE },
  token_burned: {
    happened: 'it had been used already, and works only once',
    todo: `If the person did not use it, ask who did: see the line about the use. ${NEW_ONE}`,
  },
  token_revoked: { happened: 'it had been revoked', todo: `Ask the person who revoked it. ${NEW_ONE}` },
  token_superseded: {
    happened: 'a newer one for the same subject had taken its place',
    todo: 'Use the newest message: only the newest link works.',
  },
  token_void: {
    happened: 'the service had lost its record of what was used, and refuses everything from before that',
    todo: `${NEW_ONE} The Service page says why the record was lost.`,
  },
  request_too_large: { happened: 'the request was too large', todo: LOOK_AT_CALLER },
  media_type_unsupported: { happened: 'the request was not JSON', todo: LOOK_AT_CALLER },
  rate_limited: {
    happened: 'there had been too many calls or wrong codes',
    todo: 'Wait for the end of the window, or raise the limit in the configuration.',
  },
  internal: {
    happened: 'something went wrong in this service',
    todo: 'Look for the request id in the log of the service.',
  },
  ledger_unavailable: { happened: 'Redis, which remembers what was used, did not answer', todo: AGAIN },
  code_wrong: { happened: 'a wrong code was typed', todo: 'Type the six digits that were sent separately.' },
  code_locked: {
    happened: 'a wrong code was typed too many times, so nobody can open the link any more',
    todo: NEW_ONE,
  },
  pressed_elsewhere: {
    happened: 'a page that is not of this service pressed the button, so nothing was done',
    todo: 'Open the link itself, and press the button on its own page. The token was not used up.',
  },
  link_unconfigured: {
    happened: 'its purpose, or the address that it leads to, is no longer configured',
    todo: 'Ask who changed the configuration.',
  },
};

/** Why something was refused, by the code of its event. */
export function reasonOf(code: string | undefined): Reason {
  const known = Object.entries(REASONS).find(([name]) => name === code);
  return (
    known?.[1] ?? {
      happened: code ?? 'no reason is recorded',
      todo: 'Look for it in the log of the service.',
    }
  );
}

const LIMITS: Readonly<Record<LimitName, string>> = {
  'mint-per-subject': 'of tokens for one subject',
  'link-per-address': 'of visits to links from one address',
  'code-per-subject': 'of wrong codes for one subject',
  'unknown-key-per-address': 'of calls without a known key from one address',
  'calls-per-caller': 'of calls of one caller',
};

/** Which limit was met. */
export function limitMet(code: string | undefined): string {
  const known = Object.entries(LIMITS).find(([name]) => name === code);
  return known ? `the limit ${known[1]}` : `the limit ${code ?? ''}`.trimEnd();
}

const EPOCHS: Readonly<Record<(typeof EPOCH_REASONS)[number], string>> = {
  'no-epoch': 'this was the first one, or Redis was empty: it was flushed, or restarted without its data',
  'identity-changed': 'Redis was restarted, or another server took over',
  'records-lost': 'records were missing in Redis',
  'freeze-not-thawed': 'the ledger was frozen for a restart and not thawed in time',
  'clock-went-back': 'the clock of Redis went back',
  'memory-went-back': 'Redis had an earlier state than before',
  'epoch-came-back': 'Redis had an earlier state than before',
  'generations-used-up': 'there were more revocations by subject than can be counted',
};

/** Why a memory of the ledger began. */
export function epochReason(code: string | undefined): string {
  const known = Object.entries(EPOCHS).find(([name]) => name === code);
  return known?.[1] ?? `the reason was ${code ?? 'not recorded'}`;
}
