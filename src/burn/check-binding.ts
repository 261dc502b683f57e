import type { BindingKind } from '../contract/bindings.ts';
import type { Proof } from '../contract/matchstick.ts';
import { MatchstickError } from '../errors.ts';
import { contentDigest, requestDigest, sessionDigest } from '../token/binding.ts';
import { strongDigests } from '../token/content-digest.ts';
import { verifyDpop } from '../token/dpop.ts';
import { receivedUrl } from '../token/http-url.ts';
import { normalMediaType } from '../token/media-type.ts';
import type { VerifiedToken } from '../token/verify.ts';
import { refuse } from './refusal.ts';

/** What the redeemer shows is what the token is bound to. */
export interface FittingProof {
  /** Names the DPoP proof, which is burned with the token. */
  readonly proofName?: string;
}

/**
 * Compares what is shown with what the token is bound to; `binding_mismatch` quotes nothing of it. The token decides
 * what is needed, whatever its purpose requires by now; a token that is not bound needs nothing. The bearer can read
 * everything that is compared here in the token, so the time that a comparison takes gives nothing away.
 */
export async function checkBinding(
  token: VerifiedToken,
  text: string,
  proof: Proof,
  nowMs: number,
): Promise<FittingProof | MatchstickError> {
  let fitting: FittingProof = {};
  for (const check of Object.values(CHECKS)) {
    const checked = await check(token, proof, { text, nowMs });
    if (checked instanceof MatchstickError) return checked;
    fitting = { ...fitting, ...checked };
  }
  return fitting;
}

interface Shown {
  readonly text: string;
  readonly nowMs: number;
}

type Check = (
  token: VerifiedToken,
  proof: Proof,
  shown: Shown,
) => FittingProof | MatchstickError | Promise<FittingProof | MatchstickError>;

/** One check per kind of binding, the costly one last. A token that is not bound that way passes it. */
const CHECKS: Readonly<Record<BindingKind, Check>> = {
  session: checkSession,
  request: checkRequest,
  key: checkKey,
};

function checkSession({ jti, bind = {} }: VerifiedToken, { session }: Proof): FittingProof | MatchstickError {
  if (bind.session === undefined) return {};
  if (session === undefined) return refused(needs('session'));
  if (sessionDigest(jti, session) === bind.session) return {};
  return refused('The token is bound to another session.');
}

function checkRequest({ jti, bind = {} }: VerifiedToken, { request }: Proof): FittingProof | MatchstickError {
  if (bind.request === undefined && bind.content === undefined) return {};
  const url = request && receivedUrl(request.url);
  if (!request) return refused(needs('request'));
  if (url === undefined) return refused(NO_URL);
  if (bind.request !== undefined && requestDigest(jti, request.method, url) !== bind.request) {
    return refused('The token is bound to a request of another method or URL.');
  }
  if (bind.content === undefined) return {};
  const digests = strongDigests(request.contentDigest ?? '');
  if (!digests) return refused(needs('request.contentDigest'));
  const mediaType = normalMediaType(request.contentType);
  const isBoundTo = (digest: string) =>
    mediaType !== undefined && contentDigest(jti, mediaType, digest) === bind.content;
  if (digests.some(isBoundTo)) return {};
  return refused('The token is bound to a request with another body, or to another media type of it.');
}

/** A proof that is shown must verify, also for a token that names no key (RFC 9449 section 7.1). */
async function checkKey(
  { cnf }: VerifiedToken,
  { request, dpop }: Proof,
  { text: token, nowMs }: Shown,
): Promise<FittingProof | MatchstickError> {
  if (cnf === undefined && dpop === undefined) return {};
  if (!request) return refused(needs('request'));
  const url = receivedUrl(request.url);
  if (url === undefined) return refused(NO_URL);
  if (dpop === undefined) return refused(needs('dpop'));
  const verified = await verifyDpop(dpop, { method: request.method, url, token, jkt: cnf?.jkt, nowMs });
  return verified.valid
    ? { proofName: verified.name }
    : refused(`The DPoP proof is refused: ${verified.reason}.`);
}

const NO_URL = 'proof.request.url is not the URL of a request.';

function needs(what: string): string {
  return `The token is bound: send proof.${what}.`;
}

function refused(detail: string): MatchstickError {
  return refuse('binding_mismatch', detail);
}
