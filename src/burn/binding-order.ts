import type { InputProblem } from '../errors.ts';
import { contentDigest, isThumbprint, requestDigest, sessionDigest } from '../token/binding.ts';
import type { TokenClaims } from '../token/claims.ts';
import { strongDigests } from '../token/content-digest.ts';
import { normalUrl } from '../token/http-url.ts';
import { BINDINGS, type Purpose } from '../token/purpose.ts';

/** What a caller binds a token to. */
export interface BindRequest {
  /** A session id of the caller's own; only a digest of it gets into the token. */
  readonly session?: string | undefined;
  /** RFC 7638 thumbprint of the key that must be proved. */
  readonly key?: string | undefined;
  readonly request?: RequestFacts | undefined;
}

/** One HTTP request. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** RFC 9530. */
  readonly contentDigest?: string | undefined;
}

/** Bindings that the purpose allows, in their normal spellings. */
export interface BindOrder {
  readonly session?: string;
  readonly jkt?: string;
  readonly request?: { readonly method: string; readonly url: string; readonly digest?: string };
}

export const METHOD = /^[A-Z][A-Z-]{0,19}$/;

/** The bindings of a mint; what is wrong with them goes to `problems`. */
export function parseBind(
  given: BindRequest | undefined,
  purpose: Purpose,
  problems: InputProblem[],
): BindOrder {
  const { session, key: jkt, request } = given ?? {};
  for (const kind of BINDINGS) {
    const policy = purpose.bind?.[kind];
    const path = `bind.${kind}`;
    if (given?.[kind] !== undefined && !policy)
      problems.push({ path, message: `this purpose binds no ${kind}` });
    if (given?.[kind] === undefined && policy === 'required') {
      problems.push({ path, message: 'is required for this purpose' });
    }
  }
  if (given && [session, jkt, request].every((each) => each === undefined)) {
    problems.push({ path: 'bind', message: `binds to nothing: give ${BINDINGS.join(', ')} or leave it out` });
  }
  if (jkt !== undefined && !isThumbprint(jkt)) {
    problems.push({ path: 'bind.key', message: 'must be an RFC 7638 thumbprint: 43 base64url characters' });
  }
  const normal = request && parseRequest(request, problems);
  return {
    ...(session === undefined ? {} : { session }),
    ...(jkt === undefined ? {} : { jkt }),
    ...(normal ? { request: normal } : {}),
  };
}

function parseRequest(
  { method, url, contentDigest: field }: RequestFacts,
  problems: InputProblem[],
): BindOrder['request'] {
  const normal = normalUrl(url);
  const digest = field === undefined ? undefined : strongDigests(field)?.[0];
  if (!METHOD.test(method)) {
    problems.push({ path: 'bind.request.method', message: 'must be a method in capitals, such as POST' });
  }
  if (normal === undefined) {
    const message = 'must be an absolute http or https URL without a user name and a fragment';
    problems.push({ path: 'bind.request.url', message });
  }
  if (field !== undefined && digest === undefined) {
    const message = 'must be a Content-Digest with sha-256 or sha-512 (RFC 9530)';
    problems.push({ path: 'bind.request.contentDigest', message });
  }
  return normal === undefined ? undefined : { method, url: normal, ...(digest ? { digest } : {}) };
}

/** The members of a token with this `jti` that bind it. */
export function bindingClaims(
  { session, jkt, request }: BindOrder,
  jti: string,
): Pick<TokenClaims, 'cnf' | 'bind'> {
  const bind = {
    ...(session === undefined ? {} : { session: sessionDigest(jti, session) }),
    ...(request ? { request: requestDigest(jti, request.method, request.url) } : {}),
    ...(request?.digest === undefined ? {} : { content: contentDigest(jti, request.digest) }),
  };
  return {
    ...(jkt === undefined ? {} : { cnf: { jkt } }),
    ...(Object.keys(bind).length > 0 ? { bind } : {}),
  };
}
