import type { Parsed } from '../contract/parsed.ts';
import type { RequestFacts } from '../contract/purpose-types.ts';
import type { InputProblem } from '../errors.ts';
import { contentDigest, isThumbprint, requestDigest, sessionDigest } from '../token/binding.ts';
import type { TokenClaims } from '../token/claims.ts';
import { strongDigests } from '../token/content-digest.ts';
import { normalUrl } from '../token/http-url.ts';
import { BINDINGS, type Purpose } from '../token/purpose.ts';

/** What a caller binds a token to. */
export interface BindRequest {
  /** A session id of the caller's own. Only its digest gets into the token. */
  readonly session?: string | undefined;
  /** RFC 7638 thumbprint of the key that must be proved. */
  readonly key?: string | undefined;
  readonly request?: RequestFacts | undefined;
}

/** Bindings that the purpose allows, in their normal spellings. */
export interface BindOrder {
  readonly session?: string;
  readonly jkt?: string;
  readonly request?: { readonly method: string; readonly url: string; readonly digest?: string };
}

export const METHOD = /^[A-Z][A-Z-]{0,19}$/;

/** The bindings of a mint, or every problem with them. */
export function parseBind(given: BindRequest | undefined, purpose: Purpose): Parsed<BindOrder> {
  const { session, key: jkt, request } = given ?? {};
  const parsed = request && parseRequest(request);
  const problems = [
    ...policyProblems(given, purpose),
    ...(given && [session, jkt, request].every((each) => each === undefined)
      ? [{ path: 'bind', message: `binds to nothing: give ${BINDINGS.join(', ')} or leave it out` }]
      : []),
    ...(jkt === undefined || isThumbprint(jkt)
      ? []
      : [{ path: 'bind.key', message: 'must be an RFC 7638 thumbprint: 43 base64url characters' }]),
    ...(parsed && !parsed.ok ? parsed.problems : []),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      ...(session === undefined ? {} : { session }),
      ...(jkt === undefined ? {} : { jkt }),
      ...(parsed?.ok ? { request: parsed.value } : {}),
    },
  };
}

function policyProblems(given: BindRequest | undefined, purpose: Purpose): readonly InputProblem[] {
  return BINDINGS.flatMap((kind) => {
    const policy = purpose.bind?.[kind];
    const isGiven = given?.[kind] !== undefined;
    const path = `bind.${kind}`;
    if (isGiven && !policy) return [{ path, message: `this purpose binds no ${kind}` }];
    return !isGiven && policy === 'required' ? [{ path, message: 'is required for this purpose' }] : [];
  });
}

function parseRequest({
  method,
  url,
  contentDigest: field,
}: RequestFacts): Parsed<NonNullable<BindOrder['request']>> {
  const problems: InputProblem[] = [];
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
  if (normal === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { method, url: normal, ...(digest ? { digest } : {}) } };
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
