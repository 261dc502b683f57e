import type { Readiness } from '../contract/readiness.ts';
import type { ServiceStatus } from '../contract/status-replies.ts';
import { html, type Markup } from '../pages/html.ts';
import { timeAndAge } from './time.ts';

/** Whether requests are served, and why not. */
export function stateCard(
  { ready, reasons, warnings }: Readiness,
  { ledger }: ServiceStatus,
  nowMs: number,
): Markup {
  const [word, sentence] = stateOf(ready, ledger, nowMs);
  // What is said to whoever has asked for something is said of the ledger above.
  const others = reasons.filter(({ code }) => code !== 'ledger_unavailable' || word === 'Not ready');
  const details = [...others, ...warnings].map(({ detail }) => detail);
  const remarks = [...new Set(details)].map((detail) => html`<p>${detail}</p>`);
  return html`<div class="card verdict ${word === 'Ready' ? 'good' : 'bad'}"><p class="word">${word}</p><p class="sentence">${sentence}</p>${remarks}</div>`;
}

function stateOf(ready: boolean, ledger: ServiceStatus['ledger'], nowMs: number): [string, string] {
  if (!ledger.answers)
    return [
      'Redis is silent',
      `The ledger gives no answer: ${(ledger.reason ?? 'no reason is given').replace(/\.+$/, '')}. Nothing is made or used until it does.`,
    ];
  const frozen = ledger.shards.filter(({ frozenUntil }) => frozenUntil !== undefined);
  const [since = ''] = frozen.flatMap(({ frozenSince }) => frozenSince ?? []).sort();
  const until = frozen
    .flatMap(({ frozenUntil }) => frozenUntil ?? [])
    .sort()
    .at(-1);
  if (until !== undefined && Date.parse(until) > nowMs)
    return [
      'Frozen',
      `Somebody froze the ledger for a planned restart${since && ` at ${timeAndAge(since, nowMs)}`}. Nothing is made or used until it is thawed. If that does not happen by ${timeAndAge(until, nowMs)}, tokens from before are void.`,
    ];
  return ready ? ['Ready', 'Requests are served.'] : ['Not ready', 'Requests cannot be served.'];
}

/** What this process is, and what it works with. */
export function aboutService({ version, node, instance, startedAt, ledger }: ServiceStatus, nowMs: number) {
  const facts = [
    ['Ledger', ledger.where ?? 'in the memory of this process'],
    ['Version', `${version}, on Node.js ${node}`],
    ['This page was made by', `${instance}, which began at ${timeAndAge(startedAt, nowMs)}`],
  ] as const;
  return html`<dl>${facts.flatMap(([name, value]) => [html`<dt>${name}</dt><dd>${value}</dd>`])}</dl>`;
}
