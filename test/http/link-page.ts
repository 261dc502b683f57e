import { randomBytes } from 'node:crypto';
import { type Answered, call } from '../support/service.ts';

/** A visitor without a browser: what a page's form holds, and what pressing its button sends. */

type Service = Parameters<typeof call>[0];

export interface MintedLink {
  readonly token: string;
  readonly jti: string;
  readonly url: string;
  readonly code?: string;
  /** `/l/<reference>`. */
  readonly path: string;
}

export const NEW_ATTEMPT = () => randomBytes(16).toString('base64url');

export async function mintLink(
  service: Service,
  order: Readonly<Record<string, unknown>> = {},
): Promise<MintedLink> {
  const minted = await call(service, 'POST', '/v1/tokens', {
    body: { purpose: 'password-reset', subject: 'user-42', link: true, ...order },
  });
  if (minted.status !== 201) throw new Error(`mint answered ${minted.status}: ${minted.text}`);
  return { ...minted.json, path: new URL(minted.json.url).pathname };
}

export function visit(service: Service, path: string, options: VisitOptions = {}): Promise<Answered> {
  return call(service, options.method ?? 'GET', path, { as: null, headers: options.headers ?? {} });
}

export interface VisitOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The value of a page's hidden field. */
export function attemptIn({ text }: Pick<Answered, 'text'>): string {
  const [field = ''] = /<input[^>]*name="attempt"[^>]*>/.exec(text) ?? [];
  const [, attempt] = /value="([\w-]{22})"/.exec(field) ?? [];
  if (attempt === undefined) throw new Error('the page has no attempt');
  return attempt;
}

/** Where the answer to a press takes the visitor: to what the token opens, or to the application. Empty: nowhere. */
export function leadIn({ text, headers }: Pick<Answered, 'text' | 'headers'>): string {
  const [, to = ''] = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(text) ?? [];
  return headers.get('location') ?? to.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** Sends what the form of a page sends. */
export function pressButton(
  service: Service,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  return call(service, 'POST', path, {
    as: null,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
}
