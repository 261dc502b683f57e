import type { PurposeMap, PurposeTypes } from '../contract/matchstick.ts';
import type { Flat, TokenOptions } from '../contract/purpose-types.ts';
import { withinTime } from '../contract/within-time.ts';
import type { Ask } from './ask.ts';
import { type DpopKey, dpopProof, thumbprintOf } from './dpop.ts';
import { mintCall } from './mint.ts';
import type { ClientSettings } from './options.ts';
import { type Outgoing, readOutgoing } from './outgoing.ts';

interface RequestMember<Bound extends boolean> {
  /** Whether the token is bound to this request. Default: `{ request: true }`. */
  readonly bind: {
    /** Whether the token is good for this method, URL and body only. */
    readonly request: Bound;
  };
}

type RequestBinding<Bind> = 'request' extends keyof Bind
  ? Partial<RequestMember<[Bind['request']] extends ['required'] ? true : boolean>>
  : RequestMember<false>;

interface KeyMember {
  /** A key that is proved with DPoP (RFC 9449): the token is bound to it. */
  readonly key: DpopKey;
}

type KeyBinding<Bind> = 'key' extends keyof Bind
  ? [Bind['key']] extends ['required']
    ? KeyMember
    : Partial<KeyMember>
  : { readonly key?: never };

interface SubjectMember {
  /** Whom or what the token is about. Default: the name of the caller, from its key. */
  readonly subject?: string;
}

/** The capability that a request needs: the options of its mint, without what `fetch` sets itself. */
export type BoundFetchOptions<P extends PurposeTypes> = Flat<
  Omit<TokenOptions<P>, 'subject' | 'bind' | 'uses'> &
    RequestBinding<P['bind']> &
    KeyBinding<P['bind']> &
    SubjectMember
>;

/** How `client.fetch` is called. */
export interface BoundFetch<P extends PurposeMap> {
  /**
   * Mints a token that is good for this request only (method, URL and body), and sends the request with it: as
   * `Authorization: Bearer`, or with a `key` as `Authorization: DPoP` and a proof. The request is sent once. A redirect
   * is not followed, so the token reaches nobody else: it is the answer.
   *
   * @param url - The absolute URL. `https`, unless it is on this machine or the client allows insecure HTTP.
   * @param options - The `capability`, the options of its mint, and what `fetch` takes. The body cannot be a stream.
   * @returns The answer. It must begin within the client's `timeoutMs`, unless you give a `signal`.
   * @throws MatchstickError If the token could not be minted; nothing was sent.
   * @throws TypeError For a request that cannot be bound; nothing was minted.
   * @example
   * await client.fetch('https://billing.example.com/invoices', { capability: 'create-invoice', method: 'POST', body });
   */
  <Name extends keyof P & string>(
    url: string | URL,
    options: {
      /** The purpose of the token. */
      readonly capability: Name;
    } & BoundFetchOptions<P[Name]> &
      RequestInit,
  ): Promise<Response>;
  /**
   * Sends a request with a token that was minted before.
   *
   * @param url - The absolute URL.
   * @param options - The `token`, the `key` that it is bound to if any, and what `fetch` takes.
   * @returns The answer.
   * @throws TypeError For a request that cannot be sent with a token.
   */
  (
    url: string | URL,
    options: {
      /** A token that was minted before. */
      readonly token: string;
      /** The key that the token is bound to. */
      readonly key?: DpopKey;
    } & RequestInit,
  ): Promise<Response>;
}

/** The same, whatever is known of the purpose: the service checks what it is asked to mint. */
interface AnyOptions extends RequestInit {
  readonly capability?: string;
  readonly token?: string;
  readonly subject?: string;
  readonly audience?: unknown;
  readonly claims?: unknown;
  readonly expiresIn?: unknown;
  readonly key?: DpopKey;
  readonly bind?: { readonly request?: boolean };
}

export function boundFetch<P extends PurposeMap>(ask: Ask, settings: ClientSettings): BoundFetch<P> {
  const { web, callerName, allowInsecureHttp, timeoutMs } = settings;
  return async (given: string | URL, taken: object) => {
    const options: AnyOptions = taken;
    const {
      capability,
      token,
      key,
      bind,
      subject = callerName,
      audience,
      claims,
      expiresIn,
      ...init
    } = options;
    const outgoing = await readOutgoing(given, init, allowInsecureHttp);
    init.signal?.throwIfAborted();
    const order = { subject, audience, claims, expiresIn };
    const spent =
      token ?? (await mintFor(outgoing, { capability, order, key, bindsRequest: bind?.request ?? true }));
    const { method, url, headers, body, contentDigest } = outgoing;
    headers.set('Authorization', `${key ? 'DPoP' : 'Bearer'} ${spent}`);
    if (key) headers.set('DPoP', await dpopProof(key, { method, url, token: spent }, web));
    if (contentDigest !== undefined) headers.set('Content-Digest', contentDigest);
    const redirect = init.redirect ?? 'manual';
    const sent = { ...init, method, headers, redirect, ...(body ? { body } : {}) };
    if (init.signal) return web.fetch(url.href, sent);
    return withinTime(timeoutMs, (signal) => web.fetch(url.href, { ...sent, signal }));
  };

  async function mintFor(
    { method, url, contentDigest, contentType }: Outgoing,
    { capability, order, key, bindsRequest }: Capability,
  ): Promise<string> {
    if (capability === undefined) throw new TypeError('capability: must name a purpose');
    const request = {
      ...{ method, url: url.href },
      ...(contentDigest === undefined ? {} : { contentDigest }),
      ...(contentDigest === undefined || contentType === undefined ? {} : { contentType }),
    };
    const bind = {
      ...(bindsRequest ? { request } : {}),
      ...(key ? { key: await thumbprintOf(key) } : {}),
    };
    const bound = Object.keys(bind).length > 0 ? { bind } : {};
    return (await mintCall(ask, capability, { ...order, ...bound })).token;
  }
}

interface Capability {
  readonly capability: string | undefined;
  readonly order: { readonly subject: string };
  readonly key: DpopKey | undefined;
  readonly bindsRequest: boolean;
}
