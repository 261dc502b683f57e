import { parseRedemptionId } from '../burn/redemption-id.ts';
import { REQUEST_ID } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import type { Route } from '../http/route.ts';
import { isReference } from '../links/reference.ts';
import { html, type Markup, postForm } from '../pages/html.ts';
import { parseTokenId } from '../token/id.ts';
import { type Desk, keptNote, liveAfter, newest, required } from './desk.ts';
import { type At, formToken, type Shown } from './document.ts';
import type { Guest } from './gate.ts';
import type { Session } from './session.ts';
import { clock } from './time.ts';
import { timelineOf } from './timeline.ts';

/** `/console`: the box, and what happened last. `/console/search`: what was put into it leads to its page. */
export function searchRoutes(desk: Desk): readonly Route[] {
  const { gate, nowMs } = desk;
  const { at } = gate;
  return [
    gate.view(
      { operationId: 'console', path: '', summary: 'The console: a search box, and what happened last' },
      async (visit) => {
        const seen = await newest(desk, visit, {}, 60);
        const recent = seen.events.filter(({ type }) => !type.startsWith('console.')).slice(-25);
        return {
          title: 'Search',
          place: '',
          follows: liveAfter(gate, seen),
          body: html`<h1>Why did it not work?</h1>
${searchForm(at, visit.session)}
<h2>What happened last</h2>
${timelineOf(recent, nowMs(), at, { linksTokens: true, isNewestFirst: true })}
${keptNote({ ...seen, more: false })}`,
        };
      },
    ),
    gate.action(
      {
        operationId: 'consoleSearch',
        path: 'search',
        summary: 'Finds the page of what was put into the box',
      },
      async ({ form, ...visit }) => {
        const place = await placeOf((form.q ?? '').trim(), desk, visit);
        return typeof place === 'string' ? gate.go(place) : notFound(place.why, at, visit.session);
      },
    ),
  ];
}

export function searchForm(at: At, session: Session): Markup {
  return postForm(
    at('search'),
    html`${formToken(session)}<div class="search"><div class="box"><label for="q">Token, link, or any id you have</label>
<input id="q" name="q" type="text" required maxlength="4096" spellcheck="false" autocapitalize="off" aria-describedby="q-hint"></div><button type="submit">Find</button></div>
<p class="hint" id="q-hint">A link or its reference, a token, a jti, a redemption id, a request id (X-Request-Id), or the subject, such as a user id. It is sent once, and never stored or put into an address.</p>`,
  );
}

function notFound(why: string, at: At, session: Session): Shown {
  return {
    title: 'Not found',
    place: '',
    status: 404,
    body: html`<h1>Not found</h1><p class="trouble" role="alert">${why}</p>${searchForm(at, session)}`,
  };
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Where in the console something has its page, or why it has none. What was put in is never told. */
async function placeOf(text: string, desk: Desk, visit: Guest): Promise<string | { readonly why: string }> {
  const { session, raw } = visit;
  if (text.startsWith('ms_'))
    return {
      why: 'That looks like a caller key. Enter it only on the sign-in page. If others can see it, make a new one.',
    };
  const jti = parseTokenId(text) ? text : parseRedemptionId(text)?.jti;
  if (jti !== undefined) return `tokens/${jti}`;
  // A subject may look like a token: it can have two dots.
  const token = TOKEN.test(text)
    ? required(await desk.operations.lookUp.perform({ token: text }, session.caller, raw.occasion))
    : undefined;
  if (token?.jti !== undefined) return `tokens/${token.jti}`;
  const reference =
    /\/l\/([\w-]{22})(?:[/?#].*)?$/.exec(text)?.[1] ?? (isReference(text) ? text : text.slice(0, 22));
  if (isReference(reference) && (text === reference || text.includes('/l/') || text.length > 40)) {
    const found = await desk.operations.lookUp.perform({ reference }, session.caller, raw.occasion);
    if (found instanceof MatchstickError && found.code !== 'not_found') throw found;
    if (!(found instanceof MatchstickError) && found.jti !== undefined) return `tokens/${found.jti}`;
    if (text.includes('/l/'))
      return {
        why: 'There is no such link, or it is gone: its token has expired, the service lost its record, or the address was cut off. Search for the subject instead, or for the request id of the visit.',
      };
  }
  if (REQUEST_ID.test(text) && (await newest(desk, visit, { requestId: text }, 1)).events.length > 0)
    return `requests/${text}`;
  for (const hash of [desk.hashSubject(text.normalize('NFC')), text]) {
    const isHash = /^[\w-]{22}$/.test(hash);
    if (isHash && (await newest(desk, visit, { subjectHash: hash }, 1)).events.length > 0)
      return `subjects/${hash}`;
  }
  if (token)
    return {
      why: `That is not a genuine token of this service: ${token.reason ?? 'it was not made here'}. Check that all of it was copied.`,
    };
  const { keptSince } = await newest(desk, visit, {}, 1);
  const since =
    keptSince === undefined ? '' : ` since ${clock(keptSince)}, which is as far back as events are kept`;
  return {
    why: `Nothing is known by that name${since}. Check that all of it was copied, or search for another id.`,
  };
}
