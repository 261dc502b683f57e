import { BINDINGS, type BindingKind, type BindingValues, type RequestFacts } from '../contract/bindings.ts';
import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { contentDigest, isThumbprint, requestDigest, sessionDigest } from '../token/binding.ts';
import type { TokenClaims } from '../token/claims.ts';
import { strongDigests } from '../token/content-digest.ts';
import { normalUrl } from '../token/http-url.ts';
import { normalMediaType } from '../token/media-type.ts';
import type { Purpose } from '../token/purpose.ts';

/** What a caller binds a token to. */
export type BindRequest = { readonly [Kind in BindingKind]?: BindingValues[Kind] | undefined };

/** Bindings that the purpose allows, in their normal spellings. */
export type BindOrder = Readonly<Partial<Pick<NormalValues, BindingKind>>>;

interface NormalValues {
  readonly session: string;
  readonly key: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly content?: { readonly mediaType: string; readonly digest: string };
  };
}

export const METHOD = /^[A-Z][A-Z-]{0,19}$/;

const NORMALIZE: {
  readonly [Kind in BindingKind]: (given: BindingValues[Kind]) => Parsed<NormalValues[Kind]>;
} = { session: (value) => ({ ok: true, value }), key: parseKey, request: parseRequest };

const NOT_BOUND: Parsed<BindOrder> = { ok: true, value: {} };

/** The bindings of a mint, or every problem with them. */
export function parseBind(given: BindRequest | undefined, purpose: Purpose): Parsed<BindOrder> {
  if (!given && !purpose.bind) return NOT_BOUND;
  const problems = [...policyProblems(given, purpose)];
  if (given && BINDINGS.every((kind) => given[kind] === undefined)) {
    problems.push({ path: 'bind', message: `binds to nothing: give ${BINDINGS.join(', ')} or leave it out` });
  }
  const order = BINDINGS.map((kind) => normalized(kind, given?.[kind]));
  problems.push(...order.flatMap((part) => (part.ok ? [] : part.problems)));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: Object.assign({}, ...order.map((part) => (part.ok ? part.value : {}))) };
}

function normalized<Kind extends BindingKind>(
  kind: Kind,
  given: BindingValues[Kind] | undefined,
): Parsed<BindOrder> {
  if (given === undefined) return { ok: true, value: {} };
  const parsed = NORMALIZE[kind](given);
  return parsed.ok ? { ok: true, value: { [kind]: parsed.value } } : parsed;
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

function parseKey(thumbprint: string): Parsed<string> {
  if (isThumbprint(thumbprint)) return { ok: true, value: thumbprint };
  const message = 'must be an RFC 7638 thumbprint: 43 base64url characters';
  return { ok: false, problems: [{ path: 'bind.key', message }] };
}

function parseRequest(facts: RequestFacts): Parsed<NormalValues['request']> {
  const { method, url, contentDigest: field, contentType } = facts;
  const problems: InputProblem[] = [];
  const normal = normalUrl(url);
  const digest = field === undefined ? undefined : strongDigests(field)?.[0];
  const mediaType = normalMediaType(contentType);
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
  if (mediaType === undefined) {
    problems.push({
      path: 'bind.request.contentType',
      message: 'must be a media type, such as application/json',
    });
  } else if (contentType !== undefined && field === undefined) {
    const message = 'goes with contentDigest: the type of a body that is not bound means nothing';
    problems.push({ path: 'bind.request.contentType', message });
  }
  if (normal === undefined || mediaType === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { method, url: normal, ...(digest ? { content: { mediaType, digest } } : {}) } };
}

type BindingClaims = Pick<TokenClaims, 'cnf' | 'bind'>;

const CLAIMS: {
  readonly [Kind in BindingKind]: (value: NormalValues[Kind], jti: string) => BindingClaims;
} = {
  session: (session, jti) => ({ bind: { session: sessionDigest(jti, session) } }),
  key: (jkt) => ({ cnf: { jkt } }),
  request: ({ method, url, content }, jti) => ({
    bind: {
      request: requestDigest(jti, method, url),
      ...(content === undefined ? {} : { content: contentDigest(jti, content.mediaType, content.digest) }),
    },
  }),
};

/** The members of a token with this `jti` that bind it. */
export function bindingClaims(order: BindOrder | undefined, jti: string): BindingClaims | undefined {
  if (!order) return undefined;
  const parts = BINDINGS.map((kind) => claimsOf(kind, order[kind], jti));
  const cnf = parts.find((part) => part.cnf)?.cnf;
  const bind: NonNullable<BindingClaims['bind']> = Object.assign({}, ...parts.map((part) => part.bind));
  return { ...(cnf ? { cnf } : {}), ...(Object.keys(bind).length > 0 ? { bind } : {}) };
}

function claimsOf<Kind extends BindingKind>(
  kind: Kind,
  value: NormalValues[Kind] | undefined,
  jti: string,
): BindingClaims {
  return value === undefined ? {} : CLAIMS[kind](value, jti);
}
