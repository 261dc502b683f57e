import { examples, type Verb } from './verb.ts';

/** `matchstick serve`. */
export const serveVerb: Verb = (program, hang) => {
  const command = program
    .command('serve')
    .description('run the service until it is told to stop (SIGTERM, Ctrl-C)')
    .addHelpText('after', examples('matchstick serve', 'matchstick serve --config /etc/matchstick.yaml'));
  hang(command, (options, { serve }) => serve(options.config));
};
