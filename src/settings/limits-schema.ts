import { z } from 'zod';
import { duration, wholeNumber } from './duration.ts';

const DAY_SECONDS = 86_400;

/** So many in each window. */
export const quota = z
  .strictObject({
    count: wholeNumber(1, 1_000_000).describe('So many.'),
    per: duration({ least: 1, most: DAY_SECONDS, range: '1s to 1d', example: '1h' }).describe(
      'In each window of this length.',
    ),
  })
  .transform(({ count, per }) => ({ count, perSeconds: per }));

/**
 * What is limited by address has no default: behind a proxy that listen.proxyHops does not know, everybody has one
 * address.
 */
export const limitsSchema = z
  .strictObject({
    link: quota.optional().describe('Requests for links from one address. Unset: any number.'),
    code: quota
      .prefault({ count: 10, per: '1h' })
      .describe('Wrong codes of one subject and purpose, over all links.'),
    caller: quota.optional().describe('Calls without a known key from one address. Unset: any number.'),
  })
  .prefault({})
  .describe('How often strangers may try. Addresses are believed as listen.proxyHops says.');
