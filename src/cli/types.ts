import { purposeTypes } from './purpose-types.ts';
import { examples, type Verb } from './verb.ts';

/** `matchstick types`. */
export const typesVerb: Verb = (program, hang) => {
  const command = program
    .command('types')
    .description('print the configured purposes as TypeScript, for createClient<Purposes>')
    .addHelpText('after', examples('matchstick types > src/purposes.ts'));
  hang(command, async (options, { loadSettings }) => {
    const text = await purposeTypes(loadSettings(options.config));
    return { data: { types: text }, text };
  });
};
