import { inspectWith } from '../client/inspect.ts';
import { openedService } from './ask-service.ts';
import { findSecret } from './secrets.ts';
import { factsText } from './table.ts';
import { examples, type Verb } from './verb.ts';

interface InspectFlags {
  readonly jti?: string;
  readonly tokenFile?: string;
}

/** `matchstick inspect`. */
export const inspectVerb: Verb = (program, hang) => {
  const command = program
    .command('inspect')
    .description('show the state of a token; never burns it')
    .argument('[token]', '- to read it from standard input')
    .option('--jti <jti>', 'by its jti alone')
    .option('--token-file <file>', 'read it from this file; default: MATCHSTICK_TOKEN, or a prompt')
    .addHelpText(
      'after',
      examples('matchstick inspect - < token.txt', 'matchstick inspect --jti AAAA… --json'),
    );
  hang<InspectFlags>(command, async (options, surroundings, [argument]) => {
    const { jti, tokenFile } = options;
    const places = { argument, file: tokenFile, variable: 'MATCHSTICK_TOKEN', option: '--token-file' };
    const named =
      jti === undefined ? await findSecret({ what: 'The token', ...places }, surroundings) : { jti };
    const { ask } = await openedService(options, surroundings);
    const inspected = await inspectWith(ask).inspect(named);
    return { data: inspected, text: factsText(inspected) };
  });
};
