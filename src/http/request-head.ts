import type { IncomingMessage } from 'node:http';
import { asUrl } from '../contract/as-url.ts';
import { REQUEST_ID } from '../contract/limits.ts';
import { headerLines } from './header-lines.ts';

/** What the head of a request says of where it goes and how its body comes. */
export interface RequestHead {
  readonly httpVersion: string;
  /** As it was sent. */
  readonly target: string;
  /** Every value of Host, and of Transfer-Encoding. */
  readonly hosts: readonly string[];
  readonly transferCodings: readonly string[];
  readonly contentLengths: readonly string[];
}

/** A name, an IPv4 address or an IPv6 address in brackets, with or without a port (RFC 9110 section 7.2). */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

const ABSOLUTE = /^https?:\/\/[^/?#]*/i;

export function headOf(request: IncomingMessage): RequestHead {
  const { httpVersion, url = '' } = request;
  return {
    httpVersion,
    target: url,
    hosts: headerLines(request, 'host'),
    transferCodings: headerLines(request, 'transfer-encoding'),
    contentLengths: headerLines(request, 'content-length'),
  };
}

/** What has the form of a caller key or a token: an id is written into logs and events. */
const SECRET = /ms_[a-z0-9-]+_[\w-]{43}|eyJ[\w-]{10,}\.[\w-]*\./;

/** The id that the client gave its request, if it is one; else a new one. */
export function requestIdFor({ headers }: IncomingMessage, newRequestId: () => string): string {
  const given = headers['x-request-id'];
  const isFit = typeof given === 'string' && REQUEST_ID.test(given) && !SECRET.test(given);
  return isFit ? given : newRequestId();
}

/** A target that has no problem, without scheme and host. */
export function originForm(target: string): string {
  if (!ABSOLUTE.test(target)) return target;
  const path = target.replace(ABSOLUTE, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/**
 * What is wrong with the head of a request, if anything: what programs in front of this one may read differently
 * (RFC 9112 sections 3.2, 6.1 and 7). Where it concerns the body, nobody knows where the next request begins.
 */
export function headProblem(head: RequestHead): string | undefined {
  return bodyProblem(head) ?? hostProblem(head) ?? targetProblem(head);
}

function bodyProblem({ httpVersion, transferCodings, contentLengths }: RequestHead): string | undefined {
  if (transferCodings.length === 0) return undefined;
  if (httpVersion === '1.0') return 'HTTP/1.0 does not support Transfer-Encoding.';
  if (transferCodings.join(',').trim().toLowerCase() !== 'chunked') {
    return 'The only supported Transfer-Encoding is chunked.';
  }
  return contentLengths.length > 0 ? 'Send either Transfer-Encoding or Content-Length.' : undefined;
}

function hostProblem({ httpVersion, hosts }: RequestHead): string | undefined {
  if (hosts.length === 0 && httpVersion === '1.0') return undefined;
  const [host = ''] = hosts;
  if (hosts.length !== 1) return 'Send exactly one Host.';
  return HOST.test(host) ? undefined : 'The Host is not a host, with or without a port.';
}

function targetProblem({ target, hosts }: RequestHead): string | undefined {
  if (target.includes('#')) return 'The target has a fragment.';
  if (target.startsWith('/') || target === '*') return undefined;
  const url = /^https?:\/\//i.test(target) ? asUrl(target) : undefined;
  if (!url) return 'The target is neither a path nor an http or https URL.';
  if (url.username !== '' || url.password !== '') return 'The target has a user name.';
  const [host] = hosts;
  if (host === undefined) return undefined;
  const sameScheme = `${url.protocol}//${host}`;
  return asUrl(sameScheme)?.host === url.host ? undefined : 'The target is at another host than Host says.';
}
