import { z } from 'zod';
import { asUrl } from '../contract/as-url.ts';
import { duration, wholeNumber } from './duration.ts';

const MAX_DRAIN_DELAY_SECONDS = 600;

export const listenSchema = z
  .strictObject({
    host: z
      .string()
      .refine(isHost, 'must be an IP address (IPv6 without brackets) or the name of a host')
      .default('127.0.0.1')
      .describe('The address to listen on; HOST overrides it.'),
    port: wholeNumber(0, 65_535).default(4100).describe('The port to listen on; PORT overrides it.'),
    proxyHops: wholeNumber(0, 16).default(0).describe('How many proxies in front may be believed.'),
    drainDelay: duration({ least: 0, most: MAX_DRAIN_DELAY_SECONDS, range: '0s to 10m', example: '5s' })
      .optional()
      .describe(
        'How long it serves on after it was told to stop, while /readyz answers 503. Default 5s; 0s at a terminal.',
      ),
  })
  .prefault({});

export const workersSchema = z
  .union([z.literal('auto'), wholeNumber(1, 256)], 'must be a whole number from 1 to 256, or auto')
  .default(1)
  .describe('How many processes serve on the port; auto: one for each processor. More than one need Redis.');

export const metricsSchema = z
  .strictObject({
    open: z
      .boolean()
      .default(false)
      .describe('Whether everybody may read /metrics, not only programs on this host and operators.'),
  })
  .prefault({});

export const openapiSchema = z
  .boolean()
  .default(true)
  .describe(
    'Whether /openapi.json and /docs are served: they show the API and every purpose to whoever reaches the service.',
  );

export const consoleSchema = z
  .boolean()
  .optional()
  .describe(
    'Whether /console is served, the page for operators. Default: if a caller with `operator` is configured.',
  );

/** A name, an IPv4 address, or an IPv6 address, which may have a zone. */
function isHost(text: string): boolean {
  if (text.includes(':')) return asUrl(`http://[${text.replace(/%[\w.-]+$/, '')}]`) !== undefined;
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?$/.test(text);
}
