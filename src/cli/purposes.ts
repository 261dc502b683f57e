import { inspectWith } from '../client/inspect.ts';
import { openedService } from './ask-service.ts';
import { tableText } from './table.ts';
import { examples, type Verb } from './verb.ts';

/** `matchstick purposes`. */
export const purposesVerb: Verb = (program, hang) => {
  const command = program
    .command('purposes')
    .description('show what your caller may do, by purpose')
    .addHelpText('after', examples('matchstick purposes', 'matchstick purposes --json'));
  hang(command, async (options, surroundings) => {
    const { ask } = await openedService(options, surroundings);
    const purposes = await inspectWith(ask).purposes();
    const rows = purposes.map(({ purpose, may, lifetime, uses, audiences }) => [
      ...[purpose, may.join(' '), `${lifetime}s`, uses],
      audiences.join(' '),
    ]);
    const text = tableText(
      ['purpose', 'may', 'lifetime', 'uses', 'audiences'],
      rows,
      surroundings.colours.stdout,
    );
    return { data: { purposes }, text };
  });
};
