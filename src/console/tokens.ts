import { REQUEST_ID } from '../contract/limits.ts';
import type { Inspected } from '../contract/replies.ts';
import { MatchstickError } from '../errors.ts';
import type { MatchstickEvent } from '../events/event.ts';
import type { Route } from '../http/route.ts';
import { html, type Markup, pathLink } from '../pages/html.ts';
import { parseTokenId } from '../token/id.ts';
import { type Desk, keptNote, newest, required } from './desk.ts';
import type { Gate, Guest } from './gate.ts';
import { isRevocation } from './known.ts';
import { searchForm } from './search.ts';
import { timeAndAge } from './time.ts';
import { timelineOf } from './timeline.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** The pages of one token, one subject and one request. */
export function tokenRoutes(desk: Desk): readonly Route[] {
  const { gate, nowMs, viewed } = desk;
  const { at } = gate;
  return [
    gate.view(
      {
        operationId: 'consoleToken',
        path: 'tokens/:jti',
        summary: 'Why a token worked or did not, and everything that happened to it',
      },
      async (visit) => {
        const { session, raw } = visit;
        const jti = requireJti(raw.params.jti);
        const [inspected, seen, causes] = await Promise.all([
          desk.operations.lookUp.perform({ jti }, session.caller, raw.occasion),
          newest(desk, visit, { jti }),
          causesOf(desk, visit),
        ]);
        viewed(session.caller.name, raw.occasion, { jti });
        const token = seen.events.find((event) => event.token?.purpose !== undefined)?.token;
        const read = required(inspected);
        const ofIt = causes.filter((cause) =>
          concerns(cause, token, { ...read, issuedAt: madeAt(seen.events, read) }),
        );
        const state = stateOf(read, ofIt, seen.events);
        const verdict = verdictOf({ state, events: seen.events, causes: ofIt, nowMs: nowMs() });
        return {
          title: `${verdict.word}: token ${jti.slice(0, 6)}…${jti.slice(-6)}`,
          place: '',
          follows: `${at('live')}?jti=${jti}`,
          body: html`<h1>Token${token?.purpose ? ` for ${token.purpose}` : ''}</h1>
${verdictCard(verdict)}
${actionsFor(gate, visit, jti, state, token?.subject)}
<h2>What happened</h2>
${timelineOf(seen.events, nowMs(), at)}
<h2>About this token</h2>
${factsAbout(jti, state, token, nowMs())}
<p class="hint">A token is a permission that works once, for minutes: often a link in a message. This page says what became of it. You can put its address into a ticket: it does not open the link.</p>
${keptNote(seen)}
<h2>Search again</h2>${searchForm(at, session)}`,
        };
      },
    ),
    gate.view(
      {
        operationId: 'consoleSubject',
        path: 'subjects/:hash',
        summary: 'Everything that happened to a subject',
      },
      async (visit) => {
        const hash = visit.raw.params.hash ?? '';
        if (!/^[\w-]{22}$/.test(hash))
          throw new MatchstickError('not_found', 'This is not the hash of a subject.');
        const seen = await newest(desk, visit, { subjectHash: hash });
        viewed(visit.session.caller.name, visit.raw.occasion, {});
        const revoke =
          visit.session.caller.operator === 'manage'
            ? html`<p>${pathLink(at(`subjects/${hash}/revoke`), 'Revoke every token of this subject …', 'button quiet')}</p>`
            : undefined;
        return {
          title: 'Subject',
          place: '',
          body: html`<h1>One subject</h1><p class="hint">Events name a subject, such as a user, only by a hash: <code>${hash}</code></p>
${revoke}<h2>What happened, newest first</h2>${timelineOf(seen.events, nowMs(), at, { linksTokens: true, isNewestFirst: true })}${keptNote(seen)}`,
        };
      },
    ),
    gate.view(
      { operationId: 'consoleRequest', path: 'requests/:id', summary: 'Everything that one request did' },
      async (visit) => {
        const requestId = visit.raw.params.id ?? '';
        if (!REQUEST_ID.test(requestId))
          throw new MatchstickError('not_found', 'This is not the id of a request.');
        const seen = await newest(desk, visit, { requestId });
        viewed(visit.session.caller.name, visit.raw.occasion, {});
        return {
          title: 'Request',
          place: '',
          body: html`<h1>One request</h1><p class="hint">Request id <code>${requestId}</code></p><h2>What it did</h2>${timelineOf(seen.events, nowMs(), at, { linksTokens: true })}${keptNote(seen)}`,
        };
      },
    ),
  ];
}

export function requireJti(text: string | undefined): string {
  if (text === undefined || !parseTokenId(text))
    throw new MatchstickError('not_found', 'This is not the jti of a token: it has 52 characters.');
  return text;
}

/** A `jti` alone does not know its subject and key, so what was revoked by them reads as live: the events know better. */
function stateOf(
  state: Inspected,
  causes: readonly MatchstickEvent[],
  events: readonly MatchstickEvent[],
): Inspected {
  if (state.state !== 'live') return state;
  const last = events.findLast(({ type }) => type === 'token.refused' || type === 'link.refused');
  const isRevoked = last?.code === 'token_revoked' || causes.some(isRevocation);
  return isRevoked ? { ...state, active: false, state: 'revoked' } : state;
}

/** What it says itself are whole seconds: a revocation within that second may have been before it. */
function madeAt(events: readonly MatchstickEvent[], { issuedAt = '' }: Inspected): string {
  return events.find(({ type }) => type === 'token.minted')?.time ?? issuedAt;
}

/** Whether an event that has no `jti` ended this token, or may have. */
function concerns(
  { type, time, token: of }: MatchstickEvent,
  token: MatchstickEvent['token'],
  { issuedAt = '', expiresAt = '' }: Inspected,
): boolean {
  if (type === 'key.revoked') return token?.kid !== undefined && of?.kid === token.kid;
  if (Date.parse(time) < Date.parse(issuedAt)) return false;
  if (type === 'epoch.began') return true;
  if (type === 'ledger.lost') return Date.parse(time) < Date.parse(expiresAt);
  const isSame = token?.subject !== undefined && of?.subject === token.subject;
  return isSame && (of?.purpose === undefined || of.purpose === token?.purpose);
}

/** What may have ended tokens without an event of their own. */
async function causesOf(desk: Desk, visit: Guest): Promise<readonly MatchstickEvent[]> {
  const type = new Set(['subject.revoked', 'key.revoked', 'epoch.began', 'ledger.lost'] as const);
  return (await newest(desk, visit, { type })).events;
}

export function verdictCard({ tone, word, sentence, todo }: Verdict): Markup {
  return html`<div class="card verdict ${tone}"><p class="word">${word}</p><p class="sentence">${sentence}</p><p><b>What to do:</b> ${todo}</p></div>`;
}

const REVOCABLE: readonly Inspected['state'][] = ['live', 'held'];

function actionsFor(
  { at }: Gate,
  { session }: Guest,
  jti: string,
  { state }: Inspected,
  subject: string | undefined,
): Markup {
  const revoke = session.caller.operator === 'manage' && REVOCABLE.includes(state);
  return html`<p class="tabs">${revoke ? pathLink(at(`tokens/${jti}/revoke`), 'Revoke this token …', 'button quiet') : undefined}
${subject === undefined ? undefined : pathLink(at(`subjects/${subject}`), 'Everything about the same subject', 'button quiet')}</p>`;
}

function factsAbout(jti: string, state: Inspected, token: MatchstickEvent['token'], nowMs: number): Markup {
  const facts = [
    ['Purpose', token?.purpose],
    ['For the service', token?.audience],
    ['Made', state.issuedAt && timeAndAge(state.issuedAt, nowMs)],
    ['Works until', state.expiresAt && timeAndAge(state.expiresAt, nowMs)],
    ['Subject, as a hash', token?.subject],
    ['Signed by the key', token?.kid],
    ['Id (jti)', jti],
  ] as const;
  return html`<dl>${facts.flatMap(([name, value]) => (value === undefined ? [] : [html`<dt>${name}</dt><dd>${value}</dd>`]))}</dl>`;
}
