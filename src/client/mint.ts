import { concealMinted } from '../contract/conceal.ts';
import { MAX_BATCH_TOKENS } from '../contract/limits.ts';
import type { Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { mintedBy } from '../contract/minted-by.ts';
import type { Minted } from '../contract/replies.ts';
import type { Ask } from './ask.ts';
import { isMinted, isObject } from './is-answer.ts';

/** A thousand of the longest tokens, each with a link. */
const MAX_BATCH_ANSWER_BYTES = 4_194_304;

/** Any number of tokens, 1,000 with each request; when one request fails, the tokens of the others go unused. */
export type Prefetch<P extends PurposeMap> = Matchstick<P>['mintMany'];

/** The calls that mint. */
export function mintWith<P extends PurposeMap>(
  ask: Ask,
): Pick<Matchstick<P>, 'mint' | 'mintMany'> & { readonly prefetch: Prefetch<P> } {
  const mintMany: Matchstick<P>['mintMany'] = async (purpose, options) => {
    const { tokens } = await ask({
      method: 'POST',
      path: '/v1/tokens/batch',
      body: { tokens: options.map((one) => ({ ...one, purpose })) },
      status: 201,
      maxAnswerBytes: MAX_BATCH_ANSWER_BYTES,
      isAnswer: areMintedFor(
        purpose,
        options.map(({ subject }) => subject),
      ),
    });
    return tokens.map((token) => mintedBy(concealMinted(token)));
  };
  return {
    mint: async <Name extends keyof P & string, Link>(purpose: Name, options: { readonly subject: string }) =>
      mintedBy<P[Name], Link>(await mintCall(ask, purpose, options)),
    mintMany,
    prefetch: async (purpose, options) => {
      const batches = Array.from({ length: Math.ceil(options.length / MAX_BATCH_TOKENS) }, (_, index) =>
        mintMany(purpose, options.slice(index * MAX_BATCH_TOKENS, (index + 1) * MAX_BATCH_TOKENS)),
      );
      return (await Promise.all(batches)).flat();
    },
  };
}

/** Mints what the service will check, whatever is known of the purpose here. */
export async function mintCall(
  ask: Ask,
  purpose: string,
  options: { readonly subject: string },
): Promise<Minted> {
  const minted = await ask({
    method: 'POST',
    path: '/v1/tokens',
    body: { ...options, purpose },
    status: 201,
    isAnswer: isMintedFor(purpose, options.subject),
  });
  return concealMinted(minted);
}

function isMintedFor(purpose: string, subject: string | undefined) {
  return (answer: unknown): answer is Minted =>
    isMinted(answer) && answer.purpose === purpose && answer.subject === subject;
}

function areMintedFor(purpose: string, subjects: readonly string[]) {
  return (answer: unknown): answer is { readonly tokens: readonly Minted[] } =>
    isObject(answer) &&
    Array.isArray(answer.tokens) &&
    answer.tokens.length === subjects.length &&
    answer.tokens.every((token, index) => isMintedFor(purpose, subjects[index])(token));
}
