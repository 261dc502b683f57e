import { configuredCommand } from './printed-command.ts';
import { coloured } from './table.ts';
import { examples, type Verb } from './verb.ts';

/** `matchstick config`. */
export const configVerb: Verb = (program, hang) => {
  const config = program
    .command('config')
    .description('check the configuration, or print its JSON Schema')
    .addHelpText(
      'after',
      examples('matchstick config check --config matchstick.yaml', 'matchstick config schema'),
    );
  const check = config
    .command('check')
    .description('read the configuration, and report everything that is wrong')
    .addHelpText(
      'after',
      examples('matchstick config check', 'matchstick config check --config matchstick.yaml --json'),
    );
  hang(check, async (options, surroundings) => {
    const { loadSettings, nowMs, colours } = surroundings;
    const { callerWarnings } = await import('../settings/caller-warnings.ts');
    const { servingWarnings } = await import('../settings/serving.ts');
    const settings = await loadSettings(options.config);
    const { source, callers, purposes } = settings;
    const found = [...callerWarnings(callers, purposes, nowMs()), ...servingWarnings(settings)];
    const warnings = found.map(({ path, message }) => ({ path, message }));
    const lines = warnings.map(
      ({ path, message }) => `${coloured('yellow', 'Warning', colours.stderr)}: ${path}: ${message}\n`,
    );
    return {
      data: { source, ok: true, warnings },
      text: `${source} is valid.\n`,
      words: `${lines.join('')}Next: ${configuredCommand(surroundings, options.config, ['serve'])}\n`,
    };
  });
  const schema = config
    .command('schema')
    .description('print the JSON Schema of the configuration file')
    .addHelpText('after', examples('matchstick config schema > matchstick.schema.json'));
  hang(schema, async () => {
    const { configSchemaText } = await import('../settings/json-schema.ts');
    const text = configSchemaText();
    return { data: JSON.parse(text), text };
  });
};
