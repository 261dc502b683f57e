import type { EventType, MatchstickEvent } from '../events/event.ts';
import { epochReason, limitMet, reasonOf } from './reasons.ts';

/** How a line looks: it went well, it was refused, or it is there to know. */
export type Tone = 'good' | 'bad' | 'plain';

type Tell = (event: MatchstickEvent) => string;

/** Every type of events, in a sentence that somebody understands who does not know the product. */
const SENTENCES: Readonly<Record<EventType, Tell>> = {
  'token.minted': (event) => `${who(event)} made this token${about(event)}`,
  'token.redeemed': (event) => `${who(event)} used it successfully`,
  'token.refused': (event) =>
    `${who(event)} tried to use it and was refused: ${reasonOf(event.code).happened}`,
  'token.held': (event) => `${who(event)} took it on hold: the use is decided when that attempt ends`,
  'token.committed': (event) => `${who(event)} ended the hold: it is now used`,
  'token.released': (event) => `${who(event)} gave it back unused: it can be used again`,
  'token.collected': (event) => `${who(event)} collected what the person at the link had redeemed`,
  'token.revoked': (event) => `${who(event)} revoked it`,
  'token.superseded': (event) => `${who(event)} made a newer one for the same subject, which replaced it`,
  'link.opened': () => 'Somebody, or a mail scanner, opened the page of the link. That uses nothing up',
  'link.pressed': () => 'Somebody pressed the button on the page of the link',
  'link.refused': (event) => `The page of the link refused: ${reasonOf(event.code).happened}`,
  'subject.revoked': (event) =>
    `${who(event)} revoked every token of the subject${event.token?.purpose ? ` for ${event.token.purpose}` : ''}`,
  'epoch.began': (event) =>
    `The ledger began a new memory, which made earlier tokens void: ${epochReason(event.code)}`,
  'key.published': (event) => `${who(event)} published the key ${kid(event)}; it does not sign yet`,
  'key.promoted': (event) => `The key ${kid(event)} began to sign`,
  'key.retired': (event) => `The key ${kid(event)} is gone: nothing that it signed is valid any more`,
  'key.revoked': (event) => `${who(event)} revoked the key ${kid(event)}: nothing that it signed is accepted`,
  'caller.refused': (event) => `${who(event)} was turned away: ${reasonOf(event.code).happened}`,
  'limit.reached': (event) => `${who(event)} reached ${limitMet(event.code)}`,
  'service.started': ({ instance }) => `The process ${instance} began to serve`,
  'service.stopped': ({ instance }) => `The process ${instance} stopped, as it was told to`,
  'ledger.lost': ({ instance }) => `The process ${instance} lost Redis`,
  'ledger.back': ({ instance }) => `The process ${instance} reached Redis again`,
  'console.signed-in': (event) => `${who(event)} signed in to the console`,
  'console.viewed': (event) => `${who(event)} looked at this in the console`,
};

/** What an event says, without a full stop. */
export function sentenceOf(event: MatchstickEvent): string {
  const failed = event.outcome === 'error' && event.type === 'token.refused';
  if (failed) return `${who(event)} tried to use it and got no answer: ${reasonOf(event.code).happened}`;
  return SENTENCES[event.type](event);
}

export function toneOf({ type, outcome }: MatchstickEvent): Tone {
  if (outcome !== 'ok') return 'bad';
  if (/revoked|superseded|epoch/.test(type)) return 'bad';
  return /redeemed|committed/.test(type) ? 'good' : 'plain';
}

/** Who did it, as the beginning of a sentence. */
export function who({ actor: { kind, id } }: MatchstickEvent): string {
  if (kind === 'visitor') return 'A person at the link';
  if (kind === 'system') return 'The service itself';
  if (id === undefined) return 'Somebody without a known key';
  return kind === 'operator' ? `The operator ${id}` : `The application ${id}`;
}

function about({ token }: MatchstickEvent): string {
  return token?.purpose === undefined ? '' : ` for ${token.purpose}`;
}

function kid({ token }: MatchstickEvent): string {
  return token?.kid ?? '';
}
