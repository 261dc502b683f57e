import { z } from 'zod';
import type { Opening } from '../burn/opening.ts';
import type { Opens } from '../contract/matchstick.ts';
import { timestamp, timestampOf } from './fields.ts';

const texts = z.record(z.string(), z.string()).readonly();

export const openingBody = z.strictObject({
  url: z.string().describe('Whoever has it may use it, as often as they like, until it expires.'),
  method: z.enum(['GET', 'PUT', 'POST']),
  headers: texts.optional().describe('Of a PUT: to be sent exactly so.'),
  fields: texts.optional().describe('Of a POST: form fields to be sent before the file.'),
  expiresAt: timestamp,
});

export function openingAnswer({ expiresAtMs, ...opening }: Opening): Opens {
  return { ...opening, expiresAt: timestampOf(expiresAtMs) };
}
