import { z } from 'zod';
import { WRAP_WAYS, type Wrap, type WrapWay } from '../keys/wrap.ts';
import { isCanonicalBase64url } from '../token/base64url.ts';

/** `${NAME}` is gone before this is parsed; it is let through for the editors that read the JSON Schema. */
const secret = z
  .string()
  .regex(
    /^(?:[\w-]{43}|.*\$\{.+)$/,
    'must be 32 octets in base64url, which are 43 characters. Make some: openssl rand 32 | base64 | tr "+/" "-_" | tr -d "=\\n"',
  )
  .refine(isCanonicalBase64url, 'must be canonical base64url: the last character has bits that say nothing');

const program = z
  .array(z.string().regex(/^[^\0]*$/, 'must have no NUL'))
  .refine(([name = '']) => name !== '', 'must begin with a program');

const arn = z
  .string()
  .regex(
    /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/[\w/-]+|.*\$\{.+)$/,
    'must be the ARN of a key of AWS KMS, such as arn:aws:kms:eu-central-1:111122223333:key/…',
  );

const ways = {
  secret: secret.optional().describe('32 octets in base64url, from the environment.'),
  command: z
    .strictObject({
      wrap: program.describe('Reads a line from stdin and writes it, encrypted, to stdout.'),
      unwrap: program.describe('The other way round.'),
    })
    .optional()
    .describe('Programs with their arguments, without a shell.'),
  awsKms: arn.optional().describe('The ARN of a key of AWS KMS. Needs the package @aws-sdk/client-kms.'),
};

const previous = z.strictObject(ways).transform(asWay);

/** How the ring is wrapped. */
export const wrapSchema = z
  .strictObject({
    ...ways,
    previous: previous
      .optional()
      .describe('How it was wrapped until now: it is opened so once more, and then wrapped anew.'),
  })
  .transform(({ previous: former, ...written }, context): Wrap => {
    const way = asWay(written, context);
    return former ? { ...way, previous: former } : way;
  });

type Written = { readonly [Way in (typeof WRAP_WAYS)[number]]?: z.output<(typeof ways)[Way]> };

function asWay({ secret: text, command, awsKms }: Written, context: z.RefinementCtx): WrapWay {
  const [way, another] = [
    ...(text === undefined ? [] : [{ secret: text }]),
    ...(command === undefined ? [] : [{ command }]),
    ...(awsKms === undefined ? [] : [{ awsKms }]),
  ];
  if (way && !another) return way;
  const one = another ? 'only one' : 'one';
  context.addIssue({ code: 'custom', message: `must have ${one} of ${WRAP_WAYS.join(', ')}` });
  return z.NEVER;
}
