import { z } from 'zod';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,6})([smhd])$/;

interface DurationBounds {
  /** In seconds. */
  readonly least: number;
  /** In seconds. */
  readonly most: number;
  /** The same in words, such as `1s to 60m`. */
  readonly range: string;
  /** One that many want. */
  readonly example: string;
  /** The end of what is said of one outside. */
  readonly instead?: string;
}

/** A duration such as `60s`, `15m`, `2h` or `30d` within its bounds; the output is in seconds. */
export function duration({ least, most, range, example, instead = '' }: DurationBounds) {
  const noDuration = `must be a whole number with a unit (s, m, h or d), ${range}, such as ${example}`;
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : noDuration) })
    .regex(DURATION, noDuration)
    .transform(parseDuration)
    .refine((seconds) => seconds >= least && seconds <= most, `must be ${range}${instead}`);
}

function parseDuration(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const seconds = Object.entries(SECONDS).find(([name]) => name === unit)?.[1] ?? 0;
  return Number(count) * seconds;
}

/** A whole number; digits in a string count too, since a variable of the environment is one. */
export function wholeNumber(min: number, max: number) {
  const digits = z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number);
  return z.union([z.int(), digits], 'must be a whole number').pipe(z.int().min(min).max(max));
}

/** A date or an RFC 3339 time; the output is in Unix milliseconds. */
export const moment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'must be a date such as 2027-01-31, or an RFC 3339 time such as 2027-01-31T18:00:00Z',
  )
  .transform((text) => Date.parse(text));
