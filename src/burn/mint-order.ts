import type { InputProblem } from '../errors.ts';
import { type JsonObject, UnfitJsonError } from '../token/json-value.ts';
import type { Purpose, PurposeLink, Purposes } from '../token/purpose.ts';
import { type BindOrder, type BindRequest, parseBind } from './binding-order.ts';

/** What a caller asks for. */
export interface MintRequest {
  readonly purpose: string;
  readonly subject: string;
  readonly audience?: string | undefined;
  /** As the purpose declares them. */
  readonly claims?: unknown;
  /** Seconds. */
  readonly expiresIn?: number | undefined;
  readonly uses?: number | undefined;
  readonly bind?: BindRequest | undefined;
  /** Whether the token is to be opened by a person. */
  readonly link?: boolean | undefined;
}

/** A mint request that its purpose allows, with nothing left open. */
export interface MintOrder {
  readonly purpose: string;
  readonly subject: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
  readonly uses: number;
  /** See `Purpose`. */
  readonly live?: number;
  /** Present: the token gets a link. */
  readonly link?: PurposeLink;
  readonly bind?: BindOrder;
  readonly claims?: JsonObject;
  /** Claims that travel encrypted. */
  readonly sealed?: JsonObject;
}

/** The order, or every problem of the request. */
export function parseMintOrder(
  request: MintRequest,
  purposes: Purposes,
): MintOrder | readonly InputProblem[] {
  const purpose = purposes.get(request.purpose);
  if (!purpose) {
    const known = [...purposes.keys()].join(', ') || 'none';
    return [{ path: 'purpose', message: `is not configured here (configured: ${known})` }];
  }
  const problems: InputProblem[] = [];
  const audience = request.audience ?? onlyAudience(purpose);
  if (audience === undefined) {
    problems.push({ path: 'audience', message: `is required: one of ${purpose.audiences.join(', ')}` });
  } else if (!purpose.audiences.includes(audience)) {
    problems.push({ path: 'audience', message: `must be one of ${purpose.audiences.join(', ')}` });
  }
  const lifetimeSeconds = request.expiresIn ?? purpose.lifetimeSeconds;
  if (lifetimeSeconds > purpose.lifetimeSeconds) {
    problems.push({ path: 'expiresIn', message: `is at most ${purpose.lifetimeSeconds} for this purpose` });
  }
  const mostUses = purpose.uses ?? 1;
  const uses = request.uses ?? mostUses;
  if (uses > mostUses) problems.push({ path: 'uses', message: `is at most ${mostUses} for this purpose` });
  const link = parseLink(request, purpose, problems);
  const bind = parseBind(request.bind, purpose, problems);
  const claims = parseClaims(request.claims, purpose, problems);
  if (problems.length > 0 || audience === undefined) return problems;
  return {
    purpose: purpose.name,
    subject: request.subject,
    audience,
    lifetimeSeconds,
    uses,
    ...(purpose.live === undefined ? {} : { live: purpose.live }),
    ...(link ? { link } : {}),
    ...(Object.keys(bind).length > 0 ? { bind } : {}),
    ...(claims ? splitClaims(claims, purpose) : {}),
  };
}

function parseLink(
  { link: asked, bind }: MintRequest,
  { link }: Purpose,
  problems: InputProblem[],
): PurposeLink | undefined {
  if (asked && !link) {
    problems.push({ path: 'link', message: 'this purpose has no links: its policy has no link' });
  }
  if (!link || !(asked ?? link.byDefault)) return undefined;
  if (bind) {
    const message = 'a visitor of a link can show no proof, so a bound token gets none: send link: false';
    problems.push({ path: 'link', message });
  }
  return link;
}

/** What is written openly, and what is sealed. */
function splitClaims(claims: JsonObject, { sealed: names }: Purpose): Pick<MintOrder, 'claims' | 'sealed'> {
  if (!names) return { claims };
  const members = Object.entries(claims);
  const open = members.filter(([name]) => !names.has(name));
  const sealed = members.filter(([name]) => names.has(name));
  return {
    ...(open.length > 0 ? { claims: Object.fromEntries(open) } : {}),
    ...(sealed.length > 0 ? { sealed: Object.fromEntries(sealed) } : {}),
  };
}

function onlyAudience({ audiences }: Purpose): string | undefined {
  return audiences.length === 1 ? audiences[0] : undefined;
}

function parseClaims(
  given: MintRequest['claims'],
  { parseClaims: parse }: Purpose,
  problems: InputProblem[],
): JsonObject | undefined {
  if (!parse) {
    if (given !== undefined) problems.push({ path: 'claims', message: 'this purpose carries no claims' });
    return undefined;
  }
  try {
    const parsed = parse(given ?? {});
    if ('claims' in parsed) return parsed.claims;
    problems.push(...parsed.problems);
  } catch (error) {
    if (!(error instanceof UnfitJsonError)) throw error;
    problems.push({ path: 'claims', message: error.message });
  }
  return undefined;
}
