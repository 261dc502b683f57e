import { z } from 'zod';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,6})([smhd])$/;
const NO_DURATION = 'must be a whole number with a unit: 60s, 15m, 2h or 30d';

/** A duration such as `60s`, `15m`, `2h` or `30d`; the output is in seconds. */
export const duration = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : NO_DURATION) })
  .regex(DURATION, NO_DURATION)
  .transform(parseDuration);

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
