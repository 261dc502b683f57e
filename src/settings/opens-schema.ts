import { z } from 'zod';
import { STORE_OPERATIONS } from '../burn/opening.ts';
import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import { type OpeningRules, parseOpeningRules } from '../s3/opening-rules.ts';
import type { StorePolicies } from '../s3/store-policy.ts';
import { claimInTextProblem } from './claim-in-text.ts';
import type { ClaimsSchema } from './declared-claims.ts';
import { duration } from './duration.ts';

const template = z.string();
const octets = z.union([z.int().min(0), template], 'must be a whole number, or a template');

export const opensSchema = z.strictObject({
  s3: z
    .strictObject({
      store: z.string().describe('One of stores.'),
      operation: z
        .enum(STORE_OPERATIONS)
        .default('get')
        .describe('A download, an upload, an upload by a form.'),
      key: template.describe(
        'Of the object, with {subject} and {claims.<name>} from the token. Only the last of them may have slashes in it.',
      ),
      filename: template.optional().describe('get: what the download is saved as.'),
      contentType: template.optional().describe('The media type: of a get what it is served as.'),
      contentLength: octets.optional().describe('put: how many octets, exactly.'),
      maxLength: octets.optional().describe('post: how many octets at most; required.'),
      checksumSha256: template.optional().describe('put: SHA-256 of the body in base64.'),
      contentMd5: template.optional().describe('put: MD5 of the body in base64.'),
      for: duration({ least: 0, most: Infinity, range: 'at most what the store allows', example: '60s' })
        .optional()
        .describe('How long the URL lives; at most what the store allows. Default 60s.'),
    })
    .describe('A presigned request to one object of a store.'),
});

interface PurposeWithOpens {
  readonly opens?: z.output<typeof opensSchema> | undefined;
  readonly link?: { readonly then?: string | readonly string[] | undefined } | undefined;
}

/**
 * What the purpose at this path opens; undefined if it opens nothing. `claims` is the schema of its claims: undefined
 * if it is not known, and then each token shows whether it can open anything.
 */
export function asOpeningRules(
  purposePath: string,
  { opens, link }: PurposeWithOpens,
  claims: ClaimsSchema | undefined,
  stores: StorePolicies,
): Parsed<OpeningRules | undefined> {
  if (!opens) return { ok: true, value: undefined };
  const path = `${purposePath}.opens.s3`;
  const { store: storeName, ...settings } = opens.s3;
  const problems: InputProblem[] = [];
  if (link && link.then === undefined && settings.operation !== 'get') {
    const message = `leads nowhere, because a browser cannot follow a redirect to a ${settings.operation}. Set then, or open a get`;
    problems.push({ path: `${purposePath}.link`, message });
  }
  const store = stores.get(storeName);
  if (!store) {
    const message = `no store is named ${storeName}${didYouMean(storeName, [...stores.keys()])}${listed([...stores.keys()])}`;
    return { ok: false, problems: [...problems, { path: `${path}.store`, message }] };
  }
  const rules = parseOpeningRules(settings, store, (claim) => claims && claimInTextProblem(claim, claims));
  const unfit = rules.ok ? [] : rules.problems;
  problems.push(...unfit.map((problem) => ({ ...problem, path: `${path}.${problem.path}` })));
  return rules.ok && problems.length === 0 ? rules : { ok: false, problems };
}

function listed(stores: readonly string[]): string {
  return stores.length === 0 ? ': none is configured' : `: there are ${stores.join(', ')}`;
}
