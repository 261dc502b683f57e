import { isObject } from '../client/is-answer.ts';
import { openedService } from './ask-service.ts';
import { factsText } from './table.ts';
import { parseCount } from './usage.ts';
import { examples, type Verb } from './verb.ts';

interface SignFlags {
  readonly expiresIn?: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly contentLength?: string;
  readonly maxLength?: string;
}

/** `matchstick sign`. */
export const signVerb: Verb = (program, hang) => {
  const command = program
    .command('sign')
    .description('sign a URL of an object store, which works until it expires')
    .argument('<store>', 'a configured store')
    .argument('<operation>', 'get, put or post')
    .argument('<key>', 'the key of the object')
    .option('--expires-in <seconds>', 'how long it works')
    .option('--filename <name>', 'get: what the download is saved as')
    .option('--content-type <type>', 'the media type')
    .option('--content-length <octets>', 'put: the exact length')
    .option('--max-length <octets>', 'post: the maximum length')
    .addHelpText('after', examples('matchstick sign reports get tenants/7/report.pdf --expires-in 60'));
  hang<SignFlags>(command, async (options, surroundings, [store, operation, key]) => {
    const body = {
      ...{ store, operation, key },
      expiresIn: parseCount('--expires-in', options.expiresIn),
      filename: options.filename,
      contentType: options.contentType,
      contentLength: parseCount('--content-length', options.contentLength),
      maxLength: parseCount('--max-length', options.maxLength),
    };
    const { ask } = await openedService(options, surroundings);
    const signed = await ask({ method: 'POST', path: '/v1/s3/urls', body, status: 201, isAnswer: isObject });
    const { url, ...facts } = signed;
    return {
      data: signed,
      text: `${String(url)}\n`,
      words: `${factsText(facts)}Next: curl -X ${String(facts.method)} <the URL>\n`,
    };
  });
};
