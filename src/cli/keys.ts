import type { Ask } from '../client/ask.ts';
import { isObject } from '../client/is-answer.ts';
import { openedService } from './ask-service.ts';
import { oneLine } from './plain-text.ts';
import { serviceCommand } from './printed-command.ts';
import { tableText } from './table.ts';
import { examples, type Verb } from './verb.ts';

const HEADINGS = ['kid', 'algorithm', 'state', 'since', 'readyAt', 'endsAt'];

/** `matchstick keys`. */
export const keysVerb: Verb = (program, hang) => {
  const keys = program
    .command('keys')
    .description('list, rotate or revoke the signing keys')
    .addHelpText(
      'after',
      examples('matchstick keys list', 'matchstick keys rotate', 'matchstick keys revoke <kid>'),
    );
  const list = keys
    .command('list')
    .description('list the signing keys, and when each changes its state')
    .addHelpText('after', examples('matchstick keys list', 'matchstick keys list --json'));
  hang(list, async (options, surroundings) => {
    const { get } = await openedService(options, surroundings);
    const listed = await get('/v1/keys');
    return { data: listed, text: keysText(listed, surroundings.colours.stdout) };
  });
  const rotate = keys
    .command('rotate')
    .description('let the next key sign as soon as every cache has it')
    .addHelpText('after', examples('matchstick keys rotate'));
  hang(rotate, async (options, surroundings) => {
    // Asked twice, the keys may change twice.
    const { change } = await openedService(options, surroundings, { retries: 0 });
    const list = serviceCommand(surroundings, options, ['keys', 'list']);
    const rotated = await change((ask) => post(ask, '/v1/keys/rotate'), list);
    const when =
      rotated.rotated === true
        ? 'The next key signs now.'
        : `It signs at ${oneLine(String(rotated.rotatesAt))}.`;
    const text = keysText(rotated, surroundings.colours.stdout);
    return { data: rotated, text, words: `${when}\nNext: ${list}\n` };
  });
  const revoke = keys
    .command('revoke')
    .description('revoke a key: none of its tokens can be redeemed any more')
    .argument('<kid>', 'as `keys list` shows it; after -- if it begins with -')
    .addHelpText('after', examples('matchstick keys revoke <kid>'));
  hang(revoke, async (options, surroundings, [kid = '']) => {
    const { change } = await openedService(options, surroundings);
    const path = `/v1/keys/${encodeURIComponent(kid)}/revoke`;
    const again = serviceCommand(surroundings, options, ['keys', 'revoke', { operand: kid }]);
    const revoked = await change((ask) => post(ask, path), again);
    const text = keysText(revoked, surroundings.colours.stdout);
    return {
      data: revoked,
      text,
      words: `Next: ${serviceCommand(surroundings, options, ['keys', 'list'])}\n`,
    };
  });
};

const post = (ask: Ask, path: string) => ask({ method: 'POST', path, status: 200, isAnswer: isObject });

function keysText({ keys }: Readonly<Record<string, unknown>>, hasColours: boolean): string {
  const rows = (Array.isArray(keys) ? keys : []).filter(isObject);
  return tableText(
    HEADINGS,
    rows.map((row) => HEADINGS.map((name) => row[name])),
    hasColours,
  );
}
