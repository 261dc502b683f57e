import { mintCall } from '../client/mint.ts';
import { openedService } from './ask-service.ts';
import { optionWords, serviceCommand } from './printed-command.ts';
import { factsText } from './table.ts';
import { parseCount, parseObject } from './usage.ts';
import { examples, type Verb } from './verb.ts';

interface MintFlags {
  readonly audience?: string;
  readonly claims?: string;
  readonly expiresIn?: string;
  readonly uses?: string;
  readonly link?: boolean;
}

/** `matchstick mint`. */
export const mintVerb: Verb = (program, hang) => {
  const command = program
    .command('mint')
    .description('mint a token, and print it')
    .argument('<purpose>', 'what it is for')
    .argument('<subject>', 'who or what it is about')
    .option('--audience <name>', 'the audience it is for, if the purpose has several')
    .option('--claims <json>', 'claims, as a JSON object; - to read them from standard input')
    .option('--expires-in <seconds>', "how long it lives; at most the purpose's lifetime")
    .option('--uses <count>', 'how many times it can be redeemed')
    .option('--link', 'with a link for a person, which is printed instead')
    .option('--no-link', 'without a link, even if the purpose has one')
    .addHelpText(
      'after',
      examples(
        'matchstick mint password-reset user-42',
        `matchstick mint file-download user-42 --claims '{"key":"report.pdf"}' --expires-in 60`,
        'matchstick mint password-reset user-42 --no-link | matchstick redeem password-reset -',
      ),
    );
  hang<MintFlags>(command, async (options, surroundings, [purpose = '', subject = '']) => {
    const { audience, link } = options;
    const expiresIn = parseCount('--expires-in', options.expiresIn);
    const uses = parseCount('--uses', options.uses);
    const text = options.claims === '-' ? await surroundings.readInput() : options.claims;
    const claims = text === undefined ? undefined : parseObject('--claims', text);
    const { change } = await openedService(options, surroundings);
    const order = {
      subject,
      ...(audience === undefined ? {} : { audience }),
      ...(claims === undefined ? {} : { claims }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(uses === undefined ? {} : { uses }),
      ...(link === undefined ? {} : { link }),
    };
    // A token that nobody got is used by nobody, but it may have superseded another.
    const again = serviceCommand(surroundings, options, [
      ...['mint', purpose, { operand: subject }, ...optionWords('--audience', audience)],
      ...[...optionWords('--claims', options.claims), ...optionWords('--expires-in', options.expiresIn)],
      ...[...optionWords('--uses', options.uses), link === undefined ? link : link ? '--link' : '--no-link'],
    ]);
    const minted = await change((ask) => mintCall(ask, purpose, order), again);
    const { token, url, code, ...facts } = minted;
    const next = url
      ? serviceCommand(surroundings, options, ['inspect', '--jti', minted.jti])
      : `${serviceCommand(surroundings, options, ['redeem', purpose, '-'])}    (and the token on standard input)`;
    return {
      data: minted,
      text: `${url ?? token}\n`,
      words: `${factsText({ ...facts, ...(code ? { code } : {}) })}Next: ${next}\n`,
    };
  });
};
