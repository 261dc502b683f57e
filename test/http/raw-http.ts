import { connect } from 'node:net';
import type { Answered, ServiceProcess } from '../support/service.ts';

/** What came back on a connection, up to its end. The status is 0 when nothing that reads as HTTP came. */
export interface RawAnswer extends Answered {
  /** Every octet, with whatever followed the first answer. */
  readonly everything: string;
  /** Whether the service closed the connection; if not, patience ended. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** Ends the sending side after the last octet, as a client that hangs up does. */
  readonly hangUp?: boolean;
  /** How long nothing may come before the answer counts as missing. */
  readonly patienceMs?: number;
}

/** Sends these octets on a connection of their own and reads until the service closes it. */
export function sendRaw(
  { url }: Pick<ServiceProcess, 'url'>,
  octets: string | Uint8Array,
  { hangUp = false, patienceMs = 15_000 }: RawOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    let closed = true;
    socket.setTimeout(patienceMs, () => {
      closed = false;
      socket.destroy();
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve({ ...readAnswer(Buffer.concat(chunks).toString()), closed }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The service wanted no more of it; what it answered before is in `chunks`.
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('connect', () => {
      if (hangUp) socket.end(octets);
      else socket.write(octets);
    });
  });
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Sent as they are, in this order. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  /** Said instead of the length of the body; null says none. */
  readonly contentLength?: number | string | null;
  readonly connection?: string;
}

/** The octets of a request; unless said otherwise it asks for the connection to be closed after the answer. */
export function requestOctets({
  method = 'POST',
  path = '/v1/redemptions',
  headers = [],
  body = '',
  contentLength = Buffer.byteLength(body),
  connection = 'close',
}: RawRequest): Buffer {
  const length = contentLength === null ? [] : [`Content-Length: ${contentLength}`];
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: service', `Connection: ${connection}`, ...length];
  return Buffer.concat([
    Buffer.from(`${[...lines, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}

/** The headers of a caller's JSON request. */
export function jsonHeaders(
  { deployment }: Pick<ServiceProcess, 'deployment'>,
  as = 'main',
): readonly string[] {
  return [`Authorization: Bearer ${deployment.callerKeys[as]}`, 'Content-Type: application/json'];
}

function readAnswer(everything: string): Omit<RawAnswer, 'closed'> {
  const end = Math.max(everything.indexOf('\r\n\r\n'), 0);
  const [statusLine = '', ...lines] = everything.slice(0, end).split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const length = Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  const text =
    end === 0
      ? ''
      : Buffer.from(everything.slice(end + 4))
          .subarray(0, length)
          .toString();
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1] ?? 0);
  return { status, headers, text, json: parse(text), everything };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
