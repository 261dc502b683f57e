import * as z from 'zod/mini';

/** What can happen. A name, once shipped, is API. */
export const EVENT_TYPES = [
  'token.minted',
  'token.redeemed',
  'token.refused',
  'token.held',
  'token.committed',
  'token.released',
  'token.collected',
  'token.revoked',
  'token.superseded',
  'link.opened',
  'link.pressed',
  'link.refused',
  'subject.revoked',
  'epoch.began',
  'key.published',
  'key.promoted',
  'key.retired',
  'key.revoked',
  'caller.refused',
  'limit.reached',
  'service.started',
  'service.stopped',
  'ledger.lost',
  'ledger.back',
  'console.signed-in',
  'console.viewed',
] as const;

/** The name of what happened. */
export type EventType = (typeof EVENT_TYPES)[number];

export const OUTCOMES = ['ok', 'refused', 'error'] as const;

/** How it ended: as it was asked for, with a refusal, or without an answer. */
export type Outcome = (typeof OUTCOMES)[number];

const text = z.string().check(z.minLength(1));

export const eventSchema = z.strictObject({
  /** The version of this shape. */
  v: z.literal(1),
  /** Names the event: a UUID of version 7 (RFC 9562), or the name of the epoch that began. */
  id: text,
  /** RFC 3339, UTC. What changes the ledger has the ledger's time. */
  time: z.iso.datetime(),
  type: z.enum(EVENT_TYPES),
  outcome: z.enum(OUTCOMES),
  /** Why it was refused: an error code, or a word that docs/events.md explains. */
  code: z.exactOptional(text),
  /** Who did it. A visitor is known by nothing but the link. */
  actor: z.strictObject({
    kind: z.enum(['caller', 'visitor', 'operator', 'system']),
    id: z.exactOptional(text),
  }),
  /** What it was done to, as far as that is known. */
  token: z.exactOptional(
    z.strictObject({
      jti: z.exactOptional(text),
      purpose: z.exactOptional(text),
      /** A keyed hash: the same subject always has the same. */
      subject: z.exactOptional(text),
      audience: z.exactOptional(text),
      /** The key that signed it; for what happens to a key, that key. */
      kid: z.exactOptional(text),
    }),
  ),
  /** Names one try at redeeming. Nobody can ask anything with it. */
  attempt: z.exactOptional(text),
  requestId: z.exactOptional(text),
  /** W3C Trace Context. */
  traceId: z.exactOptional(text),
  /** Which process told it. */
  instance: text,
  /** From where it came, as `events.client` allows. */
  client: z.exactOptional(z.strictObject({ address: text, agent: z.exactOptional(text) })),
  /** Somebody tried a token that was redeemed before, by another attempt. */
  secondUse: z.exactOptional(z.literal(true)),
});

/** One thing that happened. It never holds a token, a key, a code, a reference, a presigned URL or a claim. */
export type MatchstickEvent = Readonly<z.output<typeof eventSchema>>;

/** What an event says of a token. */
export type EventToken = NonNullable<MatchstickEvent['token']>;

export type EventActor = MatchstickEvent['actor'];

/** What a ledger adds when it records an event: the rest was known before it decided. */
export type EventNote = Omit<MatchstickEvent, 'time' | 'type'>;
