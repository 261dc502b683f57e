import { mintCall } from '../client/mint.ts';
import { openedService } from './ask-service.ts';
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
    const claims = options.claims === '-' ? await surroundings.readInput() : options.claims;
    const { ask } = await openedService(options, surroundings);
    const expiresIn = parseCount('--expires-in', options.expiresIn);
    const uses = parseCount('--uses', options.uses);
    const minted = await mintCall(ask, purpose, {
      subject,
      ...(options.audience === undefined ? {} : { audience: options.audience }),
      ...(claims === undefined ? {} : { claims: parseObject('--claims', claims) }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(uses === undefined ? {} : { uses }),
      ...(options.link === undefined ? {} : { link: options.link }),
    });
    const { token, url, code, ...facts } = minted;
    const next = url
      ? `Next: matchstick inspect --jti ${minted.jti}`
      : `Next: matchstick redeem ${purpose} -    (and the token on standard input)`;
    return {
      data: minted,
      text: `${url ?? token}\n`,
      words: `${factsText({ ...facts, ...(code ? { code } : {}) })}${next}\n`,
    };
  });
};
