import { MAX_CLAIMS_OCTETS, MAX_CODE_SECONDS } from '../contract/limits.ts';
import type { Parsed } from '../contract/parsed.ts';
import { type InputProblem, type MatchstickError, requestInvalid } from '../errors.ts';
import type { Quota } from '../limits/limit.ts';
import type { Destination } from '../token/destination.ts';
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
  /** Whether a person is to open the token, and where its link is to lead: to one of those that the purpose has. */
  readonly link?: boolean | { readonly then: string } | undefined;
}

/** The link that a token gets. */
export interface LinkOrder {
  readonly asksCode: boolean;
  /** Where it leads. Absent: to what the token opens, if anything. */
  readonly then?: Destination;
  /** Whether the mint named it. Otherwise it leads to the first that the purpose has when its button is pressed. */
  readonly isNamed?: true;
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
  /** See `Purpose`. */
  readonly limit?: Quota;
  /** Present: the token gets a link. */
  readonly link?: LinkOrder;
  readonly bind?: BindOrder;
  readonly claims?: JsonObject;
  /** Claims that travel encrypted. */
  readonly sealed?: JsonObject;
}

/** The order, or `request_invalid` with every problem of the request. */
export function parseMintOrder(request: MintRequest, purposes: Purposes): MintOrder | MatchstickError {
  const purpose = purposes.get(request.purpose);
  if (!purpose) return requestInvalid([{ path: 'purpose', message: 'is not configured here' }]);
  const parts = {
    audience: parseAudience(request, purpose),
    lifetimeSeconds: parseLifetime(request, purpose),
    uses: atMost('uses', request.uses, purpose.uses ?? 1),
    link: parseLink(request, purpose),
    bind: parseBind(request.bind, purpose),
    claims: parseClaims(request.claims, purpose),
  };
  const { audience, lifetimeSeconds, uses, link, bind, claims } = parts;
  if (audience.ok && lifetimeSeconds.ok && uses.ok && link.ok && bind.ok && claims.ok) {
    return {
      purpose: purpose.name,
      subject: request.subject,
      audience: audience.value,
      lifetimeSeconds: lifetimeSeconds.value,
      uses: uses.value,
      ...(purpose.live === undefined ? {} : { live: purpose.live }),
      ...(purpose.limit ? { limit: purpose.limit } : {}),
      ...(link.value ? { link: link.value } : {}),
      ...(Object.keys(bind.value).length > 0 ? { bind: bind.value } : {}),
      ...(claims.value ? splitClaims(claims.value, purpose) : {}),
    };
  }
  return requestInvalid(Object.values(parts).flatMap((part) => (part.ok ? [] : part.problems)));
}

function parseAudience({ audience: named }: MintRequest, { audiences }: Purpose): Parsed<string> {
  const audience = named ?? (audiences.length === 1 ? audiences[0] : undefined);
  if (audience !== undefined && audiences.includes(audience)) return { ok: true, value: audience };
  const message = `${audience === undefined ? 'is required:' : 'must be'} one of ${audiences.join(', ')}`;
  return wrong('audience', message);
}

/** A link with a code lives ten minutes at most: a code of six digits must not be guessed at for longer. */
function parseLifetime(
  { expiresIn, link: asked }: MintRequest,
  { lifetimeSeconds, link }: Purpose,
): Parsed<number> {
  const hasCode = link?.asksCode && wantsLink(asked, link);
  if (!hasCode || lifetimeSeconds <= MAX_CODE_SECONDS) return atMost('expiresIn', expiresIn, lifetimeSeconds);
  if (expiresIn === undefined || expiresIn <= MAX_CODE_SECONDS) {
    return { ok: true, value: expiresIn ?? MAX_CODE_SECONDS };
  }
  return wrong('expiresIn', `must be at most ${english(MAX_CODE_SECONDS)} for a link with a code`);
}

function atMost(path: string, given: number | undefined, most: number): Parsed<number> {
  if (given !== undefined && given > most)
    return wrong(path, `must be at most ${english(most)} for this purpose`);
  return { ok: true, value: given ?? most };
}

function parseLink({ link: asked, bind }: MintRequest, { link }: Purpose): Parsed<LinkOrder | undefined> {
  if (asked && !link) return wrong('link', 'this purpose has no links: its policy has no link');
  if (!link || !wantsLink(asked, link)) return { ok: true, value: undefined };
  if (bind) {
    return wrong(
      'link',
      'a visitor of a link can show no proof, so a bound token gets none: send link: false',
    );
  }
  const { asksCode, then: all } = link;
  if (typeof asked !== 'object') return { ok: true, value: { asksCode, ...(all ? { then: all[0] } : {}) } };
  if (!all) return wrong('link.then', "this purpose's links lead to no address: its policy has no link.then");
  const then = all.find(({ text }) => text === asked.then);
  if (then) return { ok: true, value: { asksCode, then, isNamed: true } };
  return wrong('link.then', `must be exactly one of ${all.map(({ text }) => text).join(', ')}`);
}

function wantsLink(asked: MintRequest['link'], { byDefault }: PurposeLink): boolean {
  return asked === undefined ? byDefault : asked !== false;
}

function parseClaims(
  given: MintRequest['claims'],
  { parseClaims: parse }: Purpose,
): Parsed<JsonObject | undefined> {
  if (!parse) {
    if (given === undefined) return { ok: true, value: undefined };
    return wrong('claims', 'this purpose carries no claims');
  }
  const tooLong = lengthProblem(given);
  if (tooLong !== undefined) return wrong('claims', tooLong);
  try {
    const parsed = parse(given ?? {});
    return parsed.ok ? { ok: true, value: parsed.claims } : parsed;
  } catch (error) {
    if (!(error instanceof UnfitJsonError)) throw error;
    return wrong('claims', error.message);
  }
}

/** What no token can carry is not looked at: a validator may take long for what is long. */
function lengthProblem(claims: unknown): string | undefined {
  const asText = (_name: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  let octets: number;
  try {
    octets = Buffer.byteLength(JSON.stringify(claims, asText) ?? '');
  } catch {
    return 'cannot be written as JSON';
  }
  if (octets <= MAX_CLAIMS_OCTETS) return undefined;
  return `must be at most ${english(MAX_CLAIMS_OCTETS)} octets as JSON, not ${english(octets)}: no token can carry more`;
}

function english(number: number): string {
  return number.toLocaleString('en-US');
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

function wrong(path: string, message: string): { readonly ok: false; readonly problems: [InputProblem] } {
  return { ok: false, problems: [{ path, message }] };
}
