import { namedAttempt, VISITOR } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import { inspectGenuine } from '../burn/inspect.ts';
import { redeemGenuine } from '../burn/redeem.ts';
import { type GenuineToken, verifyNow } from '../burn/verify-now.ts';
import type { Redemption } from '../contract/replies.ts';
import { MatchstickError } from '../errors.ts';
import { limitReached, limitSetting } from '../limits/setting.ts';
import { orGiveBack } from '../limits/unanswered.ts';
import type { View } from '../pages/view.ts';
import { filledDestination } from '../token/destination.ts';
import { parseCode } from './code.ts';
import { findDecoy } from './decoy.ts';
import { type FoundLink, findLink, tryCode } from './link.ts';
import { formatVisitorRedemption } from './visitor-redemption.ts';

/** Where pressing the button leads: to what the token opens, or to another page. */
export type Landing = { readonly kind: 'opens'; readonly to: string } | View;

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
export async function openLink(reference: string, attempt: string, deployment: Deployment): Promise<View> {
  const found = await findLink(reference, deployment);
  const link = await verifyLink(found ?? (await findDecoy(deployment)), deployment);
  const isDead = !link || !(await isLive(link, deployment)) || !found || found.lock?.triesLeft === 0;
  return isDead ? DEAD : { ...link.page, attempt };
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
  const found = await findLink(reference, deployment);
  const link = await verifyLink(found ?? (await findDecoy(deployment)), deployment);
  if (!link) return DEAD;
  if (!found || found.lock) {
    const lock = found?.lock && (await unlock(found.lock, link, pressed, deployment));
    // A dead link is the same dead link, however many codes were typed.
    if (lock instanceof MatchstickError) return (await isLive(link, deployment)) ? lock : DEAD;
    if (!lock?.isOpen) {
      const triesLeft = lock?.triesLeft ?? 0;
      if (!(await isLive(link, deployment))) return DEAD;
      // Only somebody who has the link is told so, and only where the link was pressed.
      if (triesLeft === 0) return { kind: 'locked', purpose: link.page.purpose };
      return { ...link.page, attempt, trouble: { kind: 'wrong-code', triesLeft } };
    }
  }
  const { purpose } = link.page;
  const visit = namedAttempt(VISITOR, attempt);
  const toBeCollected = link.to !== undefined;
  try {
    const redemption = await redeemGenuine(link.genuine, { purpose, toBeCollected }, visit, deployment);
    if (redemption instanceof MatchstickError) return DEAD;
    return leadOn(redemption, formatVisitorRedemption(reference, visit.secret), link.to, deployment);
  } catch (error) {
    throw new InterruptedPress({ ...link.page, attempt, trouble: { kind: 'try-again' } }, error);
  }
}

/**
 * Tries the code that was typed. Wrong ones are counted by the subject and purpose of the token, over all its links: the
 * share is taken before the guess, so that no number of guesses at once gets through, and given back after a right one, and if
 * nobody answered whether it is.
 */
async function unlock(
  lock: Lock,
  { genuine: { token } }: VerifiedLink,
  { reference, code: typed }: Pressed,
  deployment: Deployment,
): Promise<Lock | MatchstickError> {
  const code = parseCode(typed);
  if (code === undefined || lock.triesLeft === 0) return lock;
  const { limits, quotas, log } = deployment;
  const key = JSON.stringify([token.purpose, token.sub]);
  const by = { limit: 'code-per-subject', quota: quotas.code, key } as const;
  const taken = await limits.take(by);
  if (!taken.allowed) {
    const met = { limit: by.limit, purpose: token.purpose };
    if (taken.isFirst) log.warn({ event: 'limit.exceeded', ...met, setting: limitSetting(met) });
    return limitReached(by, met, taken);
  }
  const tried = await orGiveBack(
    () => tryCode(reference, code, deployment),
    () => limits.giveBack(by),
  );
  if (tried.isOpen) await limits.giveBack(by);
  else
    log.warn({
      event: 'link.wrong-code',
      purpose: token.purpose,
      jti: token.jti,
      triesLeft: tried.triesLeft,
    });
  return tried;
}

type Lock = NonNullable<FoundLink['lock']>;

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

interface VerifiedLink {
  readonly genuine: GenuineToken;
  /** Where it leads. Absent: to what the token opens, if anything. */
  readonly to?: URL;
  readonly page: { readonly kind: 'live'; readonly purpose: string; readonly asksCode: boolean };
}

/**
 * A link whose token is genuine and whose purpose still has links. A link that was made with a code asks for it,
 * whatever its purpose says meanwhile; a link that was made without one has none that could be typed.
 */
async function verifyLink(
  found: FoundLink | undefined,
  deployment: Deployment,
): Promise<VerifiedLink | undefined> {
  if (!found) return undefined;
  const { token: text, then: named, lock } = found;
  const genuine = await verifyNow(text, deployment);
  if (genuine instanceof MatchstickError) return undefined;
  const { purpose, sub: subject, claims = {} } = genuine.token;
  const policy = deployment.purposes.get(purpose)?.link;
  const asksCode = lock !== undefined;
  if (!policy || (policy.asksCode && !asksCode)) return undefined;
  const then = named === undefined ? policy.then?.[0] : policy.then?.find((each) => each.text === named);
  const filled = then && filledDestination(then, { subject, claims });
  // The purpose was minted for with another configuration: nothing is burned for an address that is gone.
  if ((named !== undefined && !then) || filled?.ok === false) return undefined;
  return { genuine, ...(filled ? { to: filled.value } : {}), page: { kind: 'live', purpose, asksCode } };
}

async function isLive({ genuine }: VerifiedLink, deployment: Deployment): Promise<boolean> {
  return (await inspectGenuine(genuine.token, deployment)).active;
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
