import { namedAttempt, VISITOR } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import { redeemGenuine } from '../burn/redeem.ts';
import { aboutToken } from '../burn/refused.ts';
import type { Redemption } from '../contract/replies.ts';
import { MatchstickError } from '../errors.ts';
import type { Account } from '../events/witness.ts';
import type { View } from '../pages/view.ts';
import { findDecoy } from './decoy.ts';
import { type FoundLink, findLink } from './link.ts';
import type { LinkCode } from './link-code.ts';
import { type Lock, unlock } from './unlock.ts';
import { deathOf, type LinkFault, type VerifiedLink, verifyLink } from './verified-link.ts';
import { formatVisitorRedemption } from './visitor-redemption.ts';

/** Where pressing the button leads: to what the token opens, or to another page. */
export type Landing = { readonly kind: 'opens'; readonly to: string } | View;

export interface Opened {
  readonly reference: string;
  /** A page of somebody else pressed the button: the visitor sees the page, and nothing is redeemed. */
  readonly pressedElsewhere?: boolean;
}

/** What the form of a page sends. */
export interface Pressed {
  readonly reference: string;
  /** 22 base64url characters: the same for every press of a page's button. */
  readonly attempt: string;
  /** What was typed as a code. */
  readonly code: string | undefined;
}

const DEAD: View = { kind: 'dead' };

/**
 * What a visitor sees who opens a link. Every dead link costs the same work, so that the time tells nobody which it is.
 * Never burns, and counts no try: any number of scanners and previews may open it.
 * `attempt` is for the page's button. Throws `ledger_unavailable`.
 */
export async function openLink(
  { reference, pressedElsewhere = false }: Opened,
  attempt: string,
  deployment: Deployment,
): Promise<View> {
  const visit = await visitLink(reference, deployment);
  const { link, tell } = visit;
  const death = link.ok ? await deathOf(link, deployment) : link.code;
  const code = visit.found
    ? (death ?? (visit.found.lock?.triesLeft === 0 ? 'code_locked' : undefined))
    : UNKNOWN;
  if (!link.ok || code !== undefined) {
    tell('link.refused', code);
    return DEAD;
  }
  if (pressedElsewhere) tell('link.refused', 'pressed_elsewhere');
  else tell('link.opened');
  return { ...link.page, attempt };
}

/**
 * A press of the page's button redeems the token, under the page's attempt: a double click, or a reload after a lost
 * answer, leads to the same place again. `rate_limited` if too many wrong codes were typed for the token's subject and
 * purpose. Throws `ledger_unavailable`.
 */
export async function pressLink(
  pressed: Pressed,
  deployment: Deployment,
): Promise<Landing | MatchstickError> {
  const { reference, attempt } = pressed;
  const { found, link, tell } = await visitLink(reference, deployment);
  tell('link.pressed');
  const refuse = <Answer>(code: LinkCode, answer: Answer): Answer => {
    tell('link.refused', code);
    return answer;
  };
  if (!link.ok) return refuse(link.code, DEAD);
  if (!found || found.lock) {
    const lock = found?.lock && (await unlock(found.lock, link, pressed, deployment));
    const isOpen = lock && 'isOpen' in lock && lock.isOpen;
    // A dead link is the same dead link, however many codes were typed.
    const death = isOpen ? undefined : await deathOf(link, deployment);
    if (!found) return refuse(UNKNOWN, DEAD);
    if (death !== undefined) {
      tell('link.refused', death, { secondUse: death === 'token_burned' });
      return DEAD;
    }
    if (lock instanceof MatchstickError) return refuse(lock.code, lock);
    if (!lock?.isOpen) return refuse(...lockedPage(link, lock, attempt));
  }
  const { purpose } = link.page;
  const visit = namedAttempt(VISITOR, attempt);
  const toBeCollected = link.to !== undefined;
  try {
    const redemption = await redeemGenuine(link.genuine, { purpose, toBeCollected }, visit, deployment);
    if (redemption instanceof MatchstickError) return refuse(redemption.code, DEAD);
    return leadOn(redemption, formatVisitorRedemption(reference, visit.secret), link.to, deployment);
  } catch (error) {
    throw new InterruptedPress({ ...link.page, attempt, trouble: { kind: 'try-again' } }, error);
  }
}

/** Nothing is kept under the reference. */
const UNKNOWN = 'not_found';

interface Visit {
  readonly found: FoundLink | undefined;
  /** A decoy where none was found. */
  readonly link: VerifiedLink | LinkFault;
  readonly tell: (
    type: 'link.opened' | 'link.pressed' | 'link.refused',
    code?: LinkCode,
    account?: Pick<Account, 'secondUse'>,
  ) => void;
}

async function visitLink(reference: string, deployment: Deployment): Promise<Visit> {
  const found = await findLink(reference, deployment);
  const lookedAt = found ?? (await findDecoy(deployment));
  const link = lookedAt ? await verifyLink(lookedAt, deployment) : ({ ok: false, code: UNKNOWN } as const);
  const about = found && link.ok ? aboutToken(link.genuine.token) : undefined;
  return {
    found,
    link,
    tell: (type, code, account = {}) =>
      deployment.witness.tell(type, {
        about,
        ...account,
        ...(code === undefined ? {} : { code, outcome: 'refused' }),
      }),
  };
}

/** Why the lock did not open, and what the visitor sees. Only somebody who has the link is told so, and only where it was pressed. */
function lockedPage(
  { page }: VerifiedLink,
  lock: Lock | undefined,
  attempt: string,
): [code: LinkCode, view: View] {
  const triesLeft = lock?.triesLeft ?? 0;
  if (triesLeft === 0) return ['code_locked', { kind: 'locked', purpose: page.purpose }];
  return ['code_wrong', { ...page, attempt, trouble: { kind: 'wrong-code', triesLeft } }];
}

/** A press got no answer. The page that it shows makes the same press again. */
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

function leadOn(
  { purpose, opens }: Redemption,
  visitorRedemption: string,
  then: URL | undefined,
  { ledger }: Deployment,
): Landing {
  if (then !== undefined) {
    const to = new URL(then);
    to.searchParams.set('redemption', visitorRedemption);
    return { kind: 'leads', purpose, to: to.href };
  }
  if (!opens) return { kind: 'done', purpose };
  const isOpen = opens.method === 'GET' && ledger.nowMs() < Date.parse(opens.expiresAt);
  return isOpen ? { kind: 'opens', to: opens.url } : DEAD;
}
