import { writeFile } from 'node:fs/promises';
import { callerKeyDigest } from '../callers/caller.ts';
import { CALLER_KEY } from '../contract/limits.ts';
import { notMade } from './new-file.ts';
import { configuredCommand } from './printed-command.ts';
import { UsageError } from './usage.ts';
import { examples, type Verb } from './verb.ts';

const SECRET_BYTES = 32;

/** `matchstick caller`. */
export const callerVerb: Verb = (program, hang) => {
  const caller = program
    .command('caller')
    .description('make a key for a caller')
    .addHelpText('after', examples('matchstick caller new billing'));
  const made = caller
    .command('new')
    .description('generate a key, and print it with the hash that belongs in the configuration')
    .argument('<name>', 'the name of the caller: a-z, 0-9 and -')
    .option('--out <file>', 'write the key to a new file that only you can read, instead of printing it')
    .addHelpText(
      'after',
      examples('matchstick caller new billing', 'matchstick caller new billing --out billing.key'),
    );
  hang<{ readonly out?: string }>(made, async ({ out, config }, surroundings, [name = '']) => {
    const key = `ms_${name}_${Buffer.from(surroundings.randomBytes(SECRET_BYTES)).toString('base64url')}`;
    if (!CALLER_KEY.test(key)) throw new UsageError('The name of a caller can contain only a-z, 0-9 and -.');
    const keySha256 = callerKeyDigest(key);
    if (out !== undefined) {
      try {
        await writeFile(out, `${key}\n`, { flag: 'wx', mode: 0o600 });
      } catch (error) {
        return notMade(out, error);
      }
    }
    const words = `In the configuration, below callers, with the rights that it needs:\n\n  ${name}: { keySha256: ["${keySha256}"] }\n\nNext: ${configuredCommand(surroundings, config, ['config', 'check'])}\n`;
    const data = { name, keySha256, ...(out === undefined ? { key } : { file: out }) };
    return { data, text: `${out ?? key}\n`, words };
  });
};
