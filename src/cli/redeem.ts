import { redeemWith } from '../client/redeem.ts';
import { openedService } from './ask-service.ts';
import { optionWords, serviceCommand } from './printed-command.ts';
import { findSecret } from './secrets.ts';
import { factsText } from './table.ts';
import { examples, type Verb } from './verb.ts';

interface RedeemFlags {
  readonly audience?: string;
  readonly tokenFile?: string;
  readonly attempt?: string;
}

const ATTEMPT_BYTES = 16;

/** `matchstick redeem`. */
export const redeemVerb: Verb = (program, hang) => {
  const command = program
    .command('redeem')
    .description('redeem a token, and print what it grants')
    .argument('<purpose>', 'what it must be for')
    .argument('[token]', '- to read it from standard input')
    .option('--token-file <file>', 'read it from this file; default: MATCHSTICK_TOKEN, or a prompt')
    .option('--audience <name>', 'your own audience, if the purpose has several')
    .option('--attempt <name>', 'repeat this attempt, after an unknown outcome')
    .addHelpText(
      'after',
      examples(
        'matchstick mint password-reset user-42 --no-link | matchstick redeem password-reset -',
        'matchstick redeem password-reset --token-file token.txt --json',
      ),
    );
  hang<RedeemFlags>(command, async (options, surroundings, [purpose = '', argument]) => {
    const { audience, tokenFile, attempt = drawn(surroundings.randomBytes(ATTEMPT_BYTES)) } = options;
    const token = await findSecret(
      { what: 'The token', argument, file: tokenFile, variable: 'MATCHSTICK_TOKEN', option: '--token-file' },
      surroundings,
    );
    const { change } = await openedService(options, surroundings);
    const again = serviceCommand(surroundings, options, [
      ...['redeem', purpose, ...optionWords('--audience', audience), '--attempt', attempt],
      ...(argument === '-' ? ['-'] : optionWords('--token-file', tokenFile)),
    ]);
    const redeemed = await change(
      (ask) =>
        redeemWith(ask, { randomId: () => attempt }).redeem(token, purpose, {
          ...{ attempt },
          ...(audience === undefined ? {} : { audience }),
        }),
      again,
      attempt,
    );
    return {
      data: redeemed,
      text: factsText(redeemed),
      words: `Next: ${serviceCommand(surroundings, options, ['inspect', '--jti', redeemed.jti])}\n`,
    };
  });
};

function drawn(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}
