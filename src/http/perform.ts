import type { Authenticate, Caller } from '../callers/caller.ts';
import { MAX_JSON_VALUES } from '../contract/limits.ts';
import type { Tracing } from '../contract/tracing.ts';
import { asMatchstickError, MatchstickError, requestInvalid } from '../errors.ts';
import type { Occasion } from '../events/occasion.ts';
import type { RefuseStranger } from '../operations/strangers.ts';
import { type Answer, problemAnswer } from '../problem.ts';
import { parseStrictJsonInTurns } from '../token/strict-json.ts';
import { mayHaveEmptyBody, refuseFields } from './no-fields.ts';
import { readForm } from './read-form.ts';
import type { Route } from './route.ts';

/** One request, as much of it as a route can need. */
export interface Exchange {
  readonly requestId: string;
  /** Whose share of a limit it is. */
  readonly address: string;
  /** From where it came. */
  readonly clientAddress: string | undefined;
  /** Whether a program on this host made it, and no proxy on this host for another. */
  readonly isFromThisHost: () => boolean;
  readonly params: Readonly<Record<string, string | undefined>>;
  /** The value of a header; throws `request_invalid` when it was sent more than once and is no list. */
  readonly header: (name: string) => string | undefined;
  /** What follows the question mark; undefined if there is none. */
  readonly query: string | undefined;
  /** Reads the body, at most so many octets. Throws `request_too_large`. */
  readonly readBody: (maxBytes: number) => Promise<Uint8Array>;
}

export interface PerformPorts {
  readonly authenticate: Authenticate;
  readonly refuseStranger: RefuseStranger;
  readonly tracing: Tracing;
  /** What events say of a client. */
  readonly clientOf: (address: string | undefined, agent: string | undefined) => Occasion['client'];
  readonly reportFailure: ReportFailure;
}

/** Failures that are ours, for the log: the answer says only that there was one. */
export type ReportFailure = (failure: {
  readonly requestId: string;
  readonly route: string;
  readonly error: MatchstickError;
}) => void;

const DEFAULT_MAX_BODY_BYTES = 16_384;
const JSON_MEDIA_TYPE = /^application\/json *(?:; *charset=(?:utf-8|"utf-8") *)?$/i;

/**
 * One request through one route: the caller first, so that strangers are not read; then the body; then
 * the route. Every failure becomes an answer; none is thrown.
 */
export function perform(route: Route, exchange: Exchange, ports: PerformPorts): Promise<Answer> {
  ports.tracing.request(route.path, agentOf(exchange, ports));
  return ports.tracing.within(once(exchange, 'traceparent'), () => answerOf(route, exchange, ports));
}

async function answerOf(route: Route, exchange: Exchange, ports: PerformPorts): Promise<Answer> {
  const { authenticate, reportFailure } = ports;
  try {
    const occasion = occasionOf(exchange, ports);
    const { params, header, address } = exchange;
    const needsCaller = route.needsCaller && !(route.isOpenTo?.(exchange) ?? false);
    const caller = needsCaller
      ? await callerOf(exchange, ports, occasion)
      : route.welcomesCaller && knownCaller(exchange, authenticate);
    if (needsCaller && !route.query && exchange.query !== undefined) {
      throw new MatchstickError('request_invalid', 'This call does not accept a query string.');
    }
    const body = await bodyFor(route, exchange);
    return await route.answer(
      { params, query: route.query ? queryOf(exchange) : {}, header, address, body, occasion },
      caller,
    );
  } catch (thrown) {
    const error = asMatchstickError(thrown);
    if (error.status >= 500) reportFailure({ requestId: exchange.requestId, route: route.path, error });
    return route.onError ? route.onError(error, exchange) : problemAnswer(error);
  }
}

/** A probe that shows a wrong key is served like one that shows none. */
function knownCaller({ header }: Exchange, authenticate: Authenticate): Caller | undefined {
  try {
    return authenticate(header('authorization'));
  } catch {
    return undefined;
  }
}

async function callerOf(
  { header, address }: Exchange,
  { authenticate, refuseStranger }: PerformPorts,
  occasion: Occasion,
): Promise<Caller> {
  try {
    return authenticate(header('authorization'));
  } catch (error) {
    const isUnknown = error instanceof MatchstickError && error.code === 'caller_unknown';
    throw isUnknown ? await refuseStranger(error, address, occasion) : error;
  }
}

/** The parameters of a query string. Throws `request_invalid` for one that stands there twice. */
function queryOf({ query = '' }: Exchange): Readonly<Record<string, string>> {
  const parameters = [...new URLSearchParams(query)];
  const names = parameters.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw requestInvalid([{ path: twice.slice(0, 64), message: 'must be sent only once' }]);
  return Object.fromEntries(parameters);
}

/** What events say of this request. A header that was sent twice says nothing. */
function occasionOf(exchange: Exchange, { clientOf }: Pick<PerformPorts, 'clientOf'>): Occasion {
  const { requestId, clientAddress } = exchange;
  const traceId = traceIdOf(once(exchange, 'traceparent'));
  const client = clientOf(clientAddress, once(exchange, 'user-agent'));
  return { requestId, ...(traceId === undefined ? {} : { traceId }), ...(client ? { client } : {}) };
}

/** What events and traces say of how a client calls itself. */
function agentOf(exchange: Exchange, { clientOf }: Pick<PerformPorts, 'clientOf'>): string | undefined {
  return clientOf(exchange.clientAddress, once(exchange, 'user-agent'))?.agent;
}

/** The value of a header; undefined also if it was sent more than once. */
function once({ header }: Exchange, name: string): string | undefined {
  try {
    return header(name);
  } catch {
    return undefined;
  }
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** The trace-id of a traceparent header (W3C Trace Context section 3.2); undefined for none, or one of zeros. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  const [, id] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return id === '0'.repeat(32) ? undefined : id;
}

async function bodyFor(route: Route, exchange: Exchange): Promise<unknown> {
  if (route.body) return readBody(exchange, route);
  if (!mayHaveEmptyBody(route) || !isBodyAnnounced(exchange)) return undefined;
  refuseFields(await readJson(exchange, route));
  return undefined;
}

function isBodyAnnounced({ header }: Exchange): boolean {
  return (header('content-length') ?? '0') !== '0' || header('transfer-encoding') !== undefined;
}

function readBody(exchange: Exchange, route: Route): Promise<unknown> {
  if (route.reads === 'form') return readForm(exchange, route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  return readJson(exchange, route);
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Some programs put a byte order mark in front of UTF-8. A reader may ignore it (RFC 8259 section 8.1). */
function isMarked(octets: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((octet, index) => octets[index] === octet);
}

async function readJson(
  { header, readBody }: Exchange,
  { maxBodyBytes: maxBytes = DEFAULT_MAX_BODY_BYTES, maxValues = MAX_JSON_VALUES }: Route,
): Promise<unknown> {
  if (!JSON_MEDIA_TYPE.test(header('content-type') ?? '')) {
    throw new MatchstickError('media_type_unsupported', 'Send the body as application/json, in UTF-8.');
  }
  const octets = await readBody(maxBytes);
  const text = isMarked(octets) ? octets.subarray(BYTE_ORDER_MARK.length) : octets;
  return parseStrictJsonInTurns(text, { maxValues });
}
