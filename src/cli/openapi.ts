import { isObject } from '../client/is-answer.ts';
import { parseBase } from '../client/options.ts';
import { readText, UnusableBody } from '../client/read-text.ts';
import { withinTime } from '../contract/within-time.ts';
import { MatchstickError } from '../errors.ts';
import { serviceUrl } from './ask-service.ts';
import { hintFor } from './failed-fetch.ts';
import { Unreachable } from './failure.ts';
import { UsageError } from './usage.ts';
import { examples, type Verb } from './verb.ts';

const PATIENCE_MS = 10_000;
const MAX_DOCUMENT_BYTES = 4_194_304;

/** `matchstick openapi`. */
export const openapiVerb: Verb = (program, hang) => {
  const command = program
    .command('openapi')
    .description('print the OpenAPI document of a running service')
    .addHelpText('after', examples('matchstick openapi --url https://cap.example.com > openapi.json'));
  hang(command, async (options, surroundings) => {
    const base = baseOf(serviceUrl(options, surroundings));
    const where = `The service at ${new URL(base).origin}`;
    const { status, text } = await withinTime(PATIENCE_MS, async (signal) => {
      const response = await surroundings.fetch(`${base}/openapi.json`, { redirect: 'manual', signal });
      return { status: response.status, text: await readText(response, MAX_DOCUMENT_BYTES) };
    }).catch((cause: unknown) => {
      if (cause instanceof UnusableBody) throw new Unreachable(`${where} gave ${cause.message}.`, { cause });
      throw new Unreachable(`${where} did not answer.${hintFor(cause)}`, { cause });
    });
    if (status === 404)
      throw new MatchstickError(
        'not_found',
        'This service has no /openapi.json: its configuration says openapi: false, or it is older.',
      );
    const data = status === 200 ? parsed(text) : undefined;
    if (data === undefined) throw new Unreachable(`${where} gave status ${status} instead of its document.`);
    return { data, text: `${JSON.stringify(data, null, 2)}\n` };
  });
};

/** Nothing secret is sent, so http will do. Throws a UsageError that does not quote the URL, which may have a password. */
function baseOf(url: string): string {
  try {
    return parseBase('--url', url, true);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Undefined for what is no document. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
