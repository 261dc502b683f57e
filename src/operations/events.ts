import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { EVENT_TYPES, type EventType, OUTCOMES } from '../events/event.ts';
import { type EventQuery, type EventStore, type FoundEvents, NOW } from '../events/store.ts';
import { purposeName, subject } from './fields.ts';
import { operation } from './operation.ts';
import { meantInstead } from './unknown-name.ts';

const MOST_EVENTS_AT_ONCE = 1000;
const DEFAULT_EVENTS_AT_ONCE = 100;
const id = z.string().min(1).max(128);

const types = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .superRefine((names, { addIssue }) => {
    for (const name of names)
      if (!isEventType(name))
        addIssue(`has no type like this${meantInstead(name.slice(0, 40), EVENT_TYPES)}`);
  })
  .transform((names) => new Set(names.filter(isEventType)));

const AFTER_NOW =
  'must be the id of an event: to begin now, follow the stream, or ask with before=now and send its next';

/** Which events are asked for, as a query string says it. */
export const eventsQuery = z
  .strictObject({
    type: types.optional().meta({
      description: 'Types of events, separated by commas.',
      pattern: `^(?:${EVENT_TYPES.join('|')})(?:,(?:${EVENT_TYPES.join('|')}))*$`,
    }),
    purpose: purposeName.optional(),
    outcome: z.enum(OUTCOMES).optional(),
    jti: id.optional().describe('About this token.'),
    subject: subject.optional().describe('In the clear: the service hashes it as events do.'),
    subjectHash: id.optional().describe('As events have it.'),
    requestId: id.optional(),
    after: id
      .refine((text) => text !== NOW, AFTER_NOW)
      .optional()
      .describe('The id of an event: only those after it.'),
    before: id.optional().describe('The id of an event, or now: the last ones before it.'),
    limit: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${MOST_EVENTS_AT_ONCE}`)
      .transform(Number)
      .pipe(z.int().max(MOST_EVENTS_AT_ONCE, `must be at most ${MOST_EVENTS_AT_ONCE}`))
      .default(DEFAULT_EVENTS_AT_ONCE)
      .describe('The maximum number of events.'),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ['before'],
    error: 'cannot be sent together with after',
  })
  .refine((query) => query.subject === undefined || query.subjectHash === undefined, {
    path: ['subjectHash'],
    error: 'cannot be sent together with subject',
  });

export type EventsQuery = z.output<typeof eventsQuery>;

/** Events, oldest first. */
export interface ListedEvents extends FoundEvents {
  /** The last of them: what comes after it is asked for with `after`. */
  readonly next?: string;
}

/** What happened, as far as it is kept. */
export const eventsOperation = (deployment: Deployment, store: EventStore) =>
  operation(deployment, {
    as: 'operator',
    doing: 'read events: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: async (asked: EventsQuery, _caller, { recorder }): Promise<ListedEvents> => {
      const found = await store.find(storeQuery(asked, recorder.subject));
      const last = found.events.at(-1);
      return { ...found, ...(last ? { next: last.id } : {}) };
    },
  });

/** The same question, as it is put to a store. */
export function storeQuery(asked: EventsQuery, hash: (subject: string) => string): EventQuery {
  const { type, purpose, outcome, jti, requestId, after, before, limit } = asked;
  const subjectHash = asked.subject === undefined ? asked.subjectHash : hash(asked.subject);
  return {
    ...(type ? { types: type } : {}),
    ...(purpose === undefined ? {} : { purpose }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(jti === undefined ? {} : { jti }),
    ...(subjectHash === undefined ? {} : { subject: subjectHash }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    limit,
  };
}

function isEventType(name: string): name is EventType {
  return EVENT_TYPES.some((each) => each === name);
}
