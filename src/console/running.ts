import type { Caller } from '../callers/caller.ts';
import type { Readiness } from '../contract/readiness.ts';
import type { MatchstickEvent } from '../events/event.ts';
import type { Route } from '../http/route.ts';
import { html, type Markup, pathLink } from '../pages/html.ts';
import { allSince, type Desk, ifAnswered, keptNote, newest, required } from './desk.ts';
import { table } from './document.ts';
import { epochReason } from './reasons.ts';
import { aboutService, stateCard } from './state-card.ts';
import { clock, timeAndAge, timeElement } from './time.ts';

export interface ServiceFacts {
  readonly callers: readonly Caller[];
  /** Whether requests can be served. */
  readonly readiness: () => Promise<Readiness>;
}

type KeyState = 'next' | 'signing' | 'verifying' | 'revoked';

const KEY_STATES: Readonly<Record<KeyState, string>> = {
  next: 'ready to take over; signs nothing yet',
  signing: 'signs every new token',
  verifying: 'no longer signs; tokens that it signed still work',
  revoked: 'revoked: nothing that it signed is accepted',
};

const DAY_MS = 86_400_000;

/** `/console/keys` and `/console/service`. */
export function serviceRoutes(desk: Desk, { callers, readiness }: ServiceFacts): readonly Route[] {
  const { gate, nowMs, operations } = desk;
  const { at } = gate;
  return [
    gate.view(
      {
        operationId: 'consoleKeys',
        path: 'keys',
        summary: 'The signing keys, and what became of those that are gone',
      },
      async (visit) => {
        const { session, raw } = visit;
        const [listed, seen] = await Promise.all([
          operations.listKeys.perform({}, session.caller, raw.occasion),
          newest(desk, visit, {
            type: new Set(['key.published', 'key.promoted', 'key.retired', 'key.revoked'] as const),
          }),
        ]);
        const { keys, rotatesAt } = required(listed);
        const rows = keys.map(({ kid, algorithm, state, since, endsAt }) => [
          html`<code>${kid}</code>`,
          KEY_STATES[state],
          timeElement(since, nowMs()),
          endsAt === undefined ? '–' : timeElement(endsAt, nowMs()),
          algorithm,
          session.caller.operator === 'manage' && state !== 'revoked'
            ? pathLink(at(`keys/${kid}/revoke`), `Revoke ${kid.slice(0, 6)}… `)
            : '–',
        ]);
        const changes = [...seen.events]
          .reverse()
          .map((event) => [
            timeElement(event.time, nowMs()),
            html`<code>${event.token?.kid ?? ''}</code>`,
            event.type.slice(4),
            event.actor.id ?? event.actor.kind,
          ]);
        return {
          title: 'Keys',
          place: 'keys',
          body: html`<h1>Keys</h1><p>${rotatesAt === undefined ? 'The next key begins to sign when somebody rotates.' : `The next key begins to sign at ${timeAndAge(rotatesAt, nowMs())}.`} A key that is not in the first table is gone: nothing that it signed works.</p>
${table('Current keys', ['Key', 'What it does', 'Since', 'Taken out', 'Algorithm', 'Action'], rows)}
${table('What happened to keys', ['When', 'Key', 'It was', 'By'], changes)}${keptNote(seen)}`,
        };
      },
    ),
    gate.view(
      {
        operationId: 'consoleService',
        path: 'service',
        summary: 'The ledger and its epochs, the instances, and the callers',
      },
      async (visit) => {
        const { session, raw } = visit;
        const [ready, status, epochs, day] = await Promise.all([
          readiness(),
          operations.status.perform({}, session.caller, raw.occasion),
          ifAnswered(newest(desk, visit, { type: new Set(['epoch.began'] as const) })),
          ifAnswered(allSince(desk, visit, nowMs() - DAY_MS)),
        ]);
        const now = required(status);
        return {
          title: 'Service',
          place: 'service',
          body: html`<h1>Service</h1>${stateCard(ready, now, nowMs())}${aboutService(now, nowMs())}
${table(
  'Memories of the ledger (epochs), newest first',
  ['Began', 'Why', 'Name'],
  [...epochs.events]
    .reverse()
    .map((event) => [
      timeElement(event.time, nowMs()),
      epochReason(event.code),
      html`<code>${event.id}</code>`,
    ]),
)}
${table(
  'Processes of the last day',
  ['Process', 'Last seen', 'State'],
  instancesIn(day.events).map((event) => [
    event.instance,
    timeElement(event.time, nowMs()),
    event.type === 'service.stopped'
      ? 'stopped'
      : event.type === 'ledger.lost'
        ? 'has lost Redis'
        : 'was working',
  ]),
)}
${table(
  'Callers',
  ['Caller', 'May', 'Key', 'Last used', 'From'],
  callers.map((caller) => [
    caller.name,
    rightsOf(caller),
    keyOf(caller, nowMs()),
    ...lastUse(caller, day.events, nowMs()),
  ]),
)}
${day.isAbsent ? html`<p class="kept">The events are kept in Redis too, so the console cannot see now what happened.</p>` : keptNote(day)}`,
        };
      },
    ),
  ];
}

/** The last event of each process. */
function instancesIn(events: readonly MatchstickEvent[]): readonly MatchstickEvent[] {
  return [
    ...new Map(
      events.filter(({ type }) => type !== 'epoch.began').map((event) => [event.instance, event]),
    ).values(),
  ];
}

function rightsOf({ mint, redeem, operator }: Caller): string {
  const rights = [
    mint.size > 0 ? 'make tokens' : '',
    redeem.size > 0 ? 'use tokens' : '',
    operator === undefined ? '' : `operate (${operator})`,
  ];
  return rights.filter((right) => right !== '').join(', ') || 'none of these';
}

function keyOf({ isDisabled, expiresAtMs, keySha256 }: Caller, nowMs: number): string {
  if (isDisabled) return 'switched off';
  const keys = keySha256.length === 1 ? 'one key' : `${keySha256.length} keys`;
  if (expiresAtMs === undefined) return keys;
  const iso = new Date(expiresAtMs).toISOString();
  return nowMs >= expiresAtMs ? `expired at ${clock(iso)}` : `${keys}, until ${clock(iso)}`;
}

/** When, and from where. */
function lastUse(
  { name }: Caller,
  events: readonly MatchstickEvent[],
  nowMs: number,
): readonly [Markup | string, string] {
  const last = events.findLast(({ actor }) => actor.id === name);
  if (!last) return ['not in the last day, as far as events show', '–'];
  const { address, agent } = last.client ?? {};
  return [timeElement(last.time, nowMs), [address, agent].filter(Boolean).join(', ') || 'not recorded'];
}
