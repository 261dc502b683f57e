import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { STORE_OPERATIONS, type UrlSigner } from '../burn/opening.ts';
import type { Caller, Names } from '../callers/caller.ts';
import { requestInvalid } from '../errors.ts';
import { operation } from './operation.ts';
import { unknownName } from './unknown-name.ts';

export const signBody = z.strictObject({
  store: z.string().min(1).max(64).describe('A store that is configured here.'),
  operation: z
    .enum(STORE_OPERATIONS)
    .describe('A download, an upload to a key with nothing there yet, or an upload by an HTML form.'),
  key: z
    .string()
    .describe('The key of the object. The prefix of the store is put in front, unless it is there.'),
  expiresIn: z.int().min(1).optional().describe('Seconds; at most what the store allows. Default 60.'),
  filename: z.string().optional().describe('get: the file name that the download is saved as.'),
  contentType: z
    .string()
    .optional()
    .describe('A media type. get: what the download is served as. put, post: what must be sent.'),
  contentLength: z.int().min(0).optional().describe('put: the exact length in octets.'),
  maxLength: z.int().min(1).optional().describe('post: the maximum length in octets. Required there.'),
  checksumSha256: z.string().optional().describe('put: SHA-256 of the body, in base64.'),
  contentMd5: z.string().optional().describe('put: MD5 of the body, in base64.'),
});

/** Signs a URL without a token. `nowMs` is the moment from which its time counts. */
export const signUrlOperation = (deployment: Deployment, signer: UrlSigner, nowMs: () => number) =>
  operation(deployment, {
    doing: 'have URLs of this store signed',
    may: (caller, { store }) => maySign(caller, store, signer),
    run: async (request: z.output<typeof signBody>, caller: Caller) =>
      signer.stores.has(request.store)
        ? signer.sign(request, nowMs())
        : unknownStore(request.store, caller.s3, signer),
  });

/** A caller that may sign for some store learns that another is not configured; so does everybody while none is. */
function maySign(caller: Caller, store: string, { stores }: UrlSigner): boolean {
  return caller.s3.has(store) || (!stores.has(store) && (caller.s3.size > 0 || stores.size === 0));
}

function unknownStore(name: string, allowed: Names, { stores }: UrlSigner) {
  const names = [...stores].filter((each) => allowed.has(each));
  if (stores.size > 0) return unknownName('store', name, names);
  return requestInvalid([{ path: 'store', message: 'no stores are configured' }]);
}
