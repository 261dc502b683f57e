import { contentDigest, requestDigest, sessionDigest } from '../token/binding.ts';
import { strongDigests } from '../token/content-digest.ts';
import { verifyDpop } from '../token/dpop.ts';
import { normalUrl } from '../token/http-url.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { RequestFacts } from './binding-order.ts';

/** What a redeemer shows of the call that it received. */
export interface Proof {
  readonly session?: string | undefined;
  /** The value of its DPoP header (RFC 9449); `request` goes with it. */
  readonly dpop?: string | undefined;
  readonly request?: RequestFacts | undefined;
}

export type BindingCheck =
  | {
      readonly fits: true;
      /** Names the DPoP proof, which is burned with the token. */
      readonly proofName?: string;
    }
  /** `detail` is a sentence that quotes nothing of what was shown. */
  | { readonly fits: false; readonly detail: string };

/** Whether what is shown is what the token is bound to. A token that is not bound needs nothing. */
export async function checkBinding(
  token: VerifiedToken,
  text: string,
  proof: Proof,
  nowMs: number,
): Promise<BindingCheck> {
  const { jti, bind = {}, cnf } = token;
  const { session, request, dpop } = proof;
  if (bind.session !== undefined && (!session || sessionDigest(jti, session) !== bind.session)) {
    return refused(session ? 'The token is bound to another session.' : needs('session'));
  }
  const url = request && normalUrl(request.url);
  if (bind.request !== undefined) {
    if (!request) return refused(needs('request'));
    if (url === undefined || requestDigest(jti, request.method, url) !== bind.request) {
      return refused('The token is bound to a request of another method or URL.');
    }
  }
  if (bind.content !== undefined) {
    const digests = strongDigests(request?.contentDigest ?? '') ?? [];
    if (digests.length === 0) return refused(needs('request.contentDigest'));
    if (!digests.some((digest) => contentDigest(jti, digest) === bind.content)) {
      return refused('The token is bound to a request with another body.');
    }
  }
  if (cnf === undefined) return { fits: true };
  if (dpop === undefined) return refused(needs('dpop'));
  if (!request)
    return refused('A DPoP proof is for one request: proof.request must tell which was received.');
  const verified = await verifyDpop(dpop, { method: request.method, url: request.url, token: text, nowMs });
  if (!verified.valid) return refused(`The DPoP proof is refused: ${verified.reason}.`);
  if (verified.jkt !== cnf.jkt)
    return refused('The DPoP proof is made with another key than the token names.');
  return { fits: true, proofName: verified.name };
}

function needs(what: string): string {
  return `The token is bound: proof.${what} is needed.`;
}

function refused(detail: string): BindingCheck {
  return { fits: false, detail };
}
