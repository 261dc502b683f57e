/** Matchstick over HTTP, for any runtime with `fetch` and WebCrypto. */
export type * from '../contract/matchstick.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type InputProblem,
  type ListedProblem,
  MatchstickError,
} from '../errors.ts';
export type { BoundFetch, BoundFetchOptions } from './bound-fetch.ts';
export { type Client, createClient } from './create-client.ts';
export { createDpopKey, type DpopCall, type DpopKey, dpopProof, thumbprintOf } from './dpop.ts';
export type { ClientOptions } from './options.ts';
export {
  createPreVerifier,
  type PreVerification,
  type PreVerifierOptions,
  type PreVerify,
} from './pre-verify.ts';
export type { Fetch } from './web.ts';
