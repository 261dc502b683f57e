import { attemptOf } from '../burn/attempt.ts';
import type { Capabilities } from '../burn/capabilities.ts';
import { leaveRedemption, VISITOR } from '../burn/collect.ts';
import type { Redeemed } from '../burn/grant.ts';
import { inspectToken } from '../burn/inspect.ts';
import { CODE, type FoundLink, findLink, guessCode } from '../burn/link.ts';
import { redeem } from '../burn/redeem.ts';
import { MatchstickError } from '../errors.ts';
import type { LinkPolicy } from '../token/purpose.ts';
import type { View } from './view.ts';

/** Where pressing the button leads: on, or to another page. */
export type Landing = { readonly kind: 'leads'; readonly to: string } | View;

/** What the form of a page sends. */
export interface Pressed {
  /** 20 base64url characters: the same for every press of a page's button. */
  readonly attempt: string;
  readonly code: string | undefined;
}

const DEAD: View = { kind: 'dead' };

/**
 * What a visitor sees who opens a link. Never burns, never counts: a link may be looked at by any number of
 * scanners and previews. Throws `ledger_unavailable`.
 */
export async function lookAt(reference: string, attempt: string, capabilities: Capabilities): Promise<View> {
  const known = await findLive(reference, capabilities);
  if (!known) return DEAD;
  return { ...known.page, attempt };
}

/**
 * A press of the page's button redeems the token, under the page's attempt: a double click, or a reload
 * after a lost answer, leads to the same place again. Throws `ledger_unavailable`.
 */
export async function press(
  reference: string,
  { attempt, code }: Pressed,
  capabilities: Capabilities,
): Promise<Landing> {
  const found = await findLink(reference, capabilities);
  const known = found && (await purposeOf(found, capabilities));
  if (!known) return DEAD;
  const { purpose, policy } = known;
  if (policy.asksCode) {
    const triesLeft = await wrongTriesLeft(reference, code, found, capabilities);
    if (triesLeft === 0) return DEAD;
    if (triesLeft !== undefined) {
      return { ...known.page, attempt, trouble: { kind: 'wrong-code', triesLeft } };
    }
  }
  const { token } = found;
  try {
    const result = await redeem({ token, purpose }, attemptOf(attempt, VISITOR, true), capabilities);
    return result.refused ? DEAD : await landingOf(result, found, policy, capabilities);
  } catch (error) {
    throw new InterruptedPress({ ...known.page, attempt, trouble: { kind: 'try-again' } }, error);
  }
}

/** There was no answer in the midst of a press. The page that it shows makes the same press again. */
export class InterruptedPress extends MatchstickError {
  readonly view: View;

  constructor(view: View, cause: unknown) {
    const error = cause instanceof MatchstickError ? cause : undefined;
    super(error?.code ?? 'internal', error?.message ?? 'The press failed here.', { ...error?.extras, cause });
    this.view = view;
  }
}

interface KnownLink {
  readonly purpose: string;
  readonly page: { readonly kind: 'live'; readonly purpose: string; readonly asksCode: boolean };
  readonly policy: LinkPolicy;
}

/** A link whose token could be redeemed now. */
async function findLive(reference: string, capabilities: Capabilities): Promise<KnownLink | undefined> {
  const found = await findLink(reference, capabilities);
  if (!found || found.triesLeft === 0) return undefined;
  const inspection = await inspectToken(found.token, capabilities);
  return inspection.state === 'live' ? knownLink(inspection.token?.purpose, capabilities) : undefined;
}

/** Of a token that may be burned by now: by this very attempt, say. */
async function purposeOf({ token }: FoundLink, capabilities: Capabilities): Promise<KnownLink | undefined> {
  const inspection = await inspectToken(token, capabilities);
  return inspection.state === 'invalid' ? undefined : knownLink(inspection.token?.purpose, capabilities);
}

function knownLink(purpose: string | undefined, { purposes }: Capabilities): KnownLink | undefined {
  const policy = purpose === undefined ? undefined : purposes.get(purpose)?.link;
  if (purpose === undefined || !policy) return undefined;
  return { purpose, policy, page: { kind: 'live', purpose, asksCode: policy.asksCode } };
}

/** Undefined when the code is right. What cannot be a code is a slip of the hand, and costs no try. */
async function wrongTriesLeft(
  reference: string,
  code: string | undefined,
  { triesLeft = 0 }: FoundLink,
  capabilities: Capabilities,
): Promise<number | undefined> {
  const typed = code?.replaceAll(/\s/g, '') ?? '';
  if (!CODE.test(typed)) return triesLeft;
  const guess = await guessCode(reference, typed, capabilities);
  if (guess.outcome === 'right') return undefined;
  return guess.outcome === 'wrong' ? guess.triesLeft : 0;
}

async function landingOf(
  redeemed: Redeemed,
  { token }: FoundLink,
  { then }: LinkPolicy,
  capabilities: Capabilities,
): Promise<Landing> {
  if (then !== undefined) {
    const isLeft = await leaveRedemption(redeemed, token, capabilities);
    return isLeft ? { kind: 'leads', to: withRedemption(then, redeemed.redemptionId) } : DEAD;
  }
  const { opening } = redeemed;
  if (!opening) return { kind: 'done', purpose: redeemed.token.purpose };
  const isOpen = opening.method === 'GET' && capabilities.ledger.nowMs() < opening.expiresAtMs;
  return isOpen ? { kind: 'leads', to: opening.url } : DEAD;
}

function withRedemption(then: string, redemptionId: string): string {
  const url = new URL(then);
  url.searchParams.set('redemption', redemptionId);
  return url.href;
}
