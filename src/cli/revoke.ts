import { inspectWith } from '../client/inspect.ts';
import { openedService } from './ask-service.ts';
import { optionWords, serviceCommand } from './printed-command.ts';
import { findSecret } from './secrets.ts';
import { factsText } from './table.ts';
import { UsageError } from './usage.ts';
import { examples, type Verb } from './verb.ts';

interface RevokeFlags {
  readonly jti?: string;
  readonly subject?: string;
  readonly purpose?: string;
  readonly tokenFile?: string;
}

/** `matchstick revoke`. */
export const revokeVerb: Verb = (program, hang) => {
  const command = program
    .command('revoke')
    .description('revoke a token, or all tokens of a subject')
    .argument('[token]', '- to read it from standard input')
    .option('--jti <jti>', 'by its jti')
    .option('--subject <subject>', 'every token of this subject that was minted before')
    .option('--purpose <name>', 'with --subject: of this purpose only')
    .option('--token-file <file>', 'read the token from this file; default: MATCHSTICK_TOKEN, or a prompt')
    .addHelpText(
      'after',
      examples(
        'matchstick revoke - < token.txt',
        'matchstick revoke --subject user-42 --purpose password-reset',
      ),
    );
  hang<RevokeFlags>(command, async (options, surroundings, [argument]) => {
    const { jti, subject, purpose, tokenFile } = options;
    if (purpose !== undefined && subject === undefined) throw new UsageError('--purpose needs --subject.');
    if (jti !== undefined && subject !== undefined)
      throw new UsageError('--jti and --subject cannot be used together.');
    const places = { argument, file: tokenFile, variable: 'MATCHSTICK_TOKEN', option: '--token-file' };
    const target =
      subject !== undefined
        ? { subject, ...(purpose === undefined ? {} : { purpose }) }
        : jti !== undefined
          ? { jti }
          : { token: await findSecret({ what: 'The token', ...places }, surroundings) };
    const { change } = await openedService(options, surroundings);
    // What is revoked already stays so.
    const again = serviceCommand(surroundings, options, [
      ...['revoke', ...optionWords('--subject', subject), ...optionWords('--purpose', purpose)],
      ...optionWords('--jti', jti),
      ...(argument === '-' ? ['-'] : optionWords('--token-file', tokenFile)),
    ]);
    const revoked = await change((ask) => inspectWith(ask).revoke(target), again);
    const next =
      revoked.jti === undefined ? ['events', '--type', 'subject.revoked'] : ['events', '--jti', revoked.jti];
    return {
      data: revoked,
      text: factsText(revoked),
      words: `Next: ${serviceCommand(surroundings, options, next)}\n`,
    };
  });
};
