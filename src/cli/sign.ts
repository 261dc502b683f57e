import { isObject } from '../client/is-answer.ts';
import { openedService } from './ask-service.ts';
import { quoted } from './printed-command.ts';
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
      words: `${factsText(facts)}Next: ${curlCommand(signed)}\n`,
    };
  });
};

/** How curl makes the signed request. The URL, which is a secret, stays out of it. */
function curlCommand({ method, headers, fields }: Readonly<Record<string, unknown>>): string {
  if (method === 'GET') return 'curl --output FILE "$URL"';
  if (method === 'POST') {
    // The store ignores what comes after the file.
    const form = pairs(fields).map(([name, value]) => `--form-string ${quoted(`${name}=${value}`)}`);
    return ['curl', ...form, '--form file=@FILE', '"$URL"'].join(' ');
  }
  // What is sent has its length by itself.
  const sent = pairs(headers).filter(([name]) => name.toLowerCase() !== 'content-length');
  const lines = sent.map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`);
  return ['curl', ...lines, '--upload-file FILE', '"$URL"'].join(' ');
}

function pairs(value: unknown): readonly (readonly [string, string])[] {
  return isObject(value) ? Object.entries(value).map(([name, what]) => [name, String(what)]) : [];
}
