import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What is needed of a request of Express (4 or 5); its own `Request` is one. Params, query and body are left out:
 * Express would infer from them what the handlers after this one get.
 */
export interface AppRequest extends IncomingMessage {
  readonly originalUrl: string;
  /** As far as the app's `trust proxy` lets anybody say. */
  readonly protocol: string;
  readonly app: { readonly get: (setting: string) => unknown };
}

export type Next = (error?: unknown) => void;

export type AppHandler<Request extends AppRequest> = (
  request: Request,
  response: ServerResponse,
  next: Next,
) => void;

/** What a body parser before has made of the body; undefined when there was none. */
export function parsedBody(request: AppRequest): unknown {
  return 'body' in request ? request.body : undefined;
}

/** Every value of a header, also of those that Node gives only the first of. */
export function headerValues({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Whether octets of a body follow (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
