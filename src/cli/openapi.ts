import { MatchstickError } from '../errors.ts';
import { Unreachable } from './failure.ts';
import { serviceUrl } from './service.ts';
import { UsageError } from './usage.ts';
import { examples, type Verb } from './verb.ts';

/** `matchstick openapi`. */
export const openapiVerb: Verb = (program, hang) => {
  const command = program
    .command('openapi')
    .description('print the OpenAPI document of a running service')
    .addHelpText('after', examples('matchstick openapi --url https://cap.example.com > openapi.json'));
  hang(command, async (options, surroundings) => {
    const base = serviceUrl(options, surroundings).replace(/\/+$/, '');
    if (!URL.canParse(base)) throw new UsageError('--url takes an absolute URL.');
    const response = await surroundings
      .fetch(`${base}/openapi.json`, { redirect: 'manual' })
      .catch((cause: unknown) => {
        throw new Unreachable(`The service at ${new URL(base).origin} did not answer.`, { cause });
      });
    if (response.status === 404)
      throw new MatchstickError(
        'not_found',
        'This service has no /openapi.json: its configuration says openapi: false, or it is older.',
      );
    if (response.status !== 200)
      throw new Unreachable(`The service answered with status ${response.status}.`);
    const data: unknown = JSON.parse(await response.text());
    return { data, text: `${JSON.stringify(data, null, 2)}\n` };
  });
};
