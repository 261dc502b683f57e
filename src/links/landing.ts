import { namedAttempt } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import type { Redeemed } from '../burn/grant.ts';
import { inspectToken } from '../burn/inspect.ts';
import { redeem } from '../burn/redeem.ts';
import { MatchstickError } from '../errors.ts';
import type { View } from '../pages/view.ts';
import type { PurposeLink } from '../token/purpose.ts';
import { leaveRedemption, VISITOR } from './collect.ts';
import { CODE, type FoundLink, findLink, guessCode } from './link.ts';

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
export async function lookAt(reference: string, attempt: string, deployment: Deployment): Promise<View> {
  const found = await findLink(reference, deployment);
  const known = found && found.triesLeft !== 0 ? await know(found, deployment) : undefined;
  return known?.isLive ? { ...known.page, attempt } : DEAD;
}

/**
 * A press of the page's button redeems the token, under the page's attempt: a double click, or a reload
 * after a lost answer, leads to the same place again. Throws `ledger_unavailable`.
 */
export async function press(
  reference: string,
  { attempt, code }: Pressed,
  deployment: Deployment,
): Promise<Landing> {
  const found = await findLink(reference, deployment);
  const known = found && (await know(found, deployment));
  if (!known) return DEAD;
  const { purpose, policy } = known;
  if (known.page.asksCode) {
    const triesLeft = await wrongTriesLeft(reference, code, found, deployment);
    if (triesLeft !== undefined) {
      const trouble = { kind: 'wrong-code', triesLeft } as const;
      return triesLeft > 0 && known.isLive ? { ...known.page, attempt, trouble } : DEAD;
    }
  }
  const { token } = found;
  try {
    const result = await redeem({ token, purpose }, namedAttempt(VISITOR, attempt), deployment);
    return result.refused ? DEAD : await landingOf(result, found, policy, deployment);
  } catch (error) {
    throw new InterruptedPress({ ...known.page, attempt, trouble: { kind: 'try-again' } }, error);
  }
}

/** There was no answer in the midst of a press. The page that it shows makes the same press again. */
export class InterruptedPress extends MatchstickError {
  readonly view: View;

  constructor(view: View, cause: unknown) {
    const error = cause instanceof MatchstickError ? cause : undefined;
    super(error?.code ?? 'internal', error?.message ?? 'The press failed here.', {
      ...error?.extras,
      cause: error ? error.cause : cause,
    });
    this.view = view;
  }
}

interface KnownLink {
  readonly purpose: string;
  readonly page: { readonly kind: 'live'; readonly purpose: string; readonly asksCode: boolean };
  readonly policy: PurposeLink;
  /** Its token could be redeemed now. */
  readonly isLive: boolean;
}

/**
 * What is to be known of a link, whose token may be burned by now: by this very attempt, say. A link that was
 * made with a code asks for it, whatever its purpose says meanwhile; one without has none that could be typed.
 */
async function know({ token, triesLeft }: FoundLink, deployment: Deployment): Promise<KnownLink | undefined> {
  const inspection = await inspectToken(token, deployment);
  const purpose = inspection.state === 'invalid' ? undefined : inspection.token?.purpose;
  const policy = purpose === undefined ? undefined : deployment.purposes.get(purpose)?.link;
  const asksCode = triesLeft !== undefined;
  if (purpose === undefined || !policy || (policy.asksCode && !asksCode)) return undefined;
  return { purpose, policy, page: { kind: 'live', purpose, asksCode }, isLive: inspection.state === 'live' };
}

/** Undefined when the code is right. What cannot be a code is a slip of the hand, and costs no try. */
async function wrongTriesLeft(
  reference: string,
  code: string | undefined,
  { triesLeft = 0 }: FoundLink,
  deployment: Deployment,
): Promise<number | undefined> {
  const typed = code?.replaceAll(/\s/g, '') ?? '';
  if (!CODE.test(typed)) return triesLeft;
  const guess = await guessCode(reference, typed, deployment);
  if (guess.outcome === 'right') return undefined;
  return guess.outcome === 'wrong' ? guess.triesLeft : 0;
}

async function landingOf(
  redeemed: Redeemed,
  { token }: FoundLink,
  { then }: PurposeLink,
  deployment: Deployment,
): Promise<Landing> {
  if (then !== undefined) {
    const isLeft = await leaveRedemption(redeemed, token, deployment);
    return isLeft ? { kind: 'leads', to: withRedemption(then, redeemed.redemptionId) } : DEAD;
  }
  const { opening } = redeemed;
  if (!opening) return { kind: 'done', purpose: redeemed.token.purpose };
  const isOpen = opening.method === 'GET' && deployment.ledger.nowMs() < opening.expiresAtMs;
  return isOpen ? { kind: 'leads', to: opening.url } : DEAD;
}

function withRedemption(then: string, redemptionId: string): string {
  const url = new URL(then);
  url.searchParams.set('redemption', redemptionId);
  return url.href;
}
