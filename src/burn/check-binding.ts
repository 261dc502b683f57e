import { contentDigest, requestDigest, sessionDigest } from '../token/binding.ts';
import { strongDigests } from '../token/content-digest.ts';
import { verifyDpop } from '../token/dpop.ts';
import { receivedUrl } from '../token/http-url.ts';
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

/**
 * Whether what is shown is what the token is bound to. The token decides what is needed, whatever its purpose
 * asks for by now; a token that is not bound needs nothing. What is compared here is written in the token for
 * its bearer to read, so how long a comparison takes tells nothing.
 */
export async function checkBinding(
  token: VerifiedToken,
  text: string,
  proof: Proof,
  nowMs: number,
): Promise<BindingCheck> {
  const { jti, bind = {}, cnf } = token;
  const { session, request, dpop } = proof;
  if (bind.session !== undefined) {
    if (session === undefined) return refused(needs('session'));
    if (sessionDigest(jti, session) !== bind.session)
      return refused('The token is bound to another session.');
  }
  if (bind.request === undefined && bind.content === undefined && cnf === undefined) return { fits: true };
  if (!request) return refused(needs('request'));
  const url = receivedUrl(request.url);
  if (url === undefined) return refused('What proof.request.url says is not the URL of a request.');
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
  if (cnf === undefined) return { fits: true };
  if (dpop === undefined) return refused(needs('dpop'));
  const call = { method: request.method, url, token: text, jkt: cnf.jkt, nowMs };
  const verified = await verifyDpop(dpop, call);
  if (!verified.valid) return refused(`The DPoP proof is refused: ${verified.reason}.`);
  return { fits: true, proofName: verified.name };
}

function needs(what: string): string {
  return `The token is bound: proof.${what} is needed.`;
}

function refused(detail: string): BindingCheck {
  return { fits: false, detail };
}
