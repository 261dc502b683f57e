import { z } from 'zod';
import { duration, wholeNumber } from './duration.ts';

/** So many in each window. */
export const quota = z
  .strictObject({
    count: wholeNumber(1, 1_000_000),
    per: duration.refine((seconds) => seconds >= 1 && seconds <= 86_400, 'must be 1s to 1d'),
  })
  .transform(({ count, per }) => ({ count, perSeconds: per }));

export const limitsSchema = z
  .strictObject({
    link: quota.optional().describe('Visits of links from one address. Unset: any number.'),
    code: quota
      .prefault({ count: 10, per: '1h' })
      .describe('Wrong codes of one subject and purpose, over all links.'),
    caller: quota.optional().describe('Calls without a known key from one address. Unset: any number.'),
  })
  .prefault({})
  .describe('How often strangers may try. Addresses are believed as listen.proxyHops says.');
