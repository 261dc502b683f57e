import { z } from 'zod';
import { wholeNumber } from './duration.ts';

export const MOST_EVENTS = 10_000_000;

/** What is told of what happens, and how much of it is kept. */
export const eventsSchema = z
  .strictObject({
    keep: wholeNumber(0, MOST_EVENTS)
      .default(100_000)
      .describe('About how many events are kept beside the ledger, in all. 0: none.'),
    client: z
      .enum(['full', 'truncated', 'none'])
      .default('truncated')
      .describe(
        'How much of the address that a request came from is told: truncated is /24, and /56 of IPv6.',
      ),
    log: z.boolean().default(true).describe('Whether each event is a line of the log as well.'),
    required: z
      .boolean()
      .default(false)
      .describe('true: nothing is redeemed that is not recorded. It cannot be set with keep: 0.'),
  })
  .refine(({ keep, required }) => keep > 0 || !required, {
    path: ['required'],
    error: 'cannot be true with keep: 0, since then nothing is recorded',
  })
  .prefault({});

export type EventSettings = z.output<typeof eventsSchema>;
