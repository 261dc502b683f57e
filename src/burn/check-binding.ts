import type { Proof } from '../contract/matchstick.ts';
import type { MatchstickError } from '../errors.ts';
import { contentDigest, requestDigest, sessionDigest } from '../token/binding.ts';
import { strongDigests } from '../token/content-digest.ts';
import { verifyDpop } from '../token/dpop.ts';
import { receivedUrl } from '../token/http-url.ts';
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
  const { jti, bind = {}, cnf } = token;
  const { session, request, dpop } = proof;
  if (bind.session !== undefined) {
    if (session === undefined) return refused(needs('session'));
    if (sessionDigest(jti, session) !== bind.session)
      return refused('The token is bound to another session.');
  }
  if (bind.request === undefined && bind.content === undefined && cnf === undefined) return {};
  if (!request) return refused(needs('request'));
  const url = receivedUrl(request.url);
  if (url === undefined) return refused('proof.request.url is not the URL of a request.');
  if (bind.request !== undefined && requestDigest(jti, request.method, url) !== bind.request) {
    return refused('The token is bound to a request of another method or URL.');
  }
  if (bind.content !== undefined) {
    const digests = strongDigests(request.contentDigest ?? '');
    if (!digests) return refused(needs('request.contentDigest'));
    if (!digests.some((digest) => contentDigest(jti, digest) === bind.content)) {
      return refused('The token is bound to a request with another body.');
    }
  }
  if (cnf === undefined) return {};
  if (dpop === undefined) return refused(needs('dpop'));
  const call = { method: request.method, url, token: text, jkt: cnf.jkt, nowMs };
  const verified = await verifyDpop(dpop, call);
  if (!verified.valid) return refused(`The DPoP proof is refused: ${verified.reason}.`);
  return { proofName: verified.name };
}

function needs(what: string): string {
  return `The token is bound: send proof.${what}.`;
}

function refused(detail: string): MatchstickError {
  return refuse('binding_mismatch', detail);
}
