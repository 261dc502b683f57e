import type { MintOptions, PurposeMap, PurposeTypes } from '../contract/matchstick.ts';
import { withinTime } from '../contract/within-time.ts';
import type { Ask } from './ask.ts';
import { type DpopKey, dpopProof, thumbprintOf } from './dpop.ts';
import { mintCall } from './mint.ts';
import type { ClientSettings } from './options.ts';
import { type Outgoing, readOutgoing } from './outgoing.ts';

type RequestBinding<Bind> = 'request' extends keyof Bind
  ? [Bind['request']] extends ['required']
    ? { readonly bind?: { readonly request: true } }
    : { readonly bind?: { readonly request: boolean } }
  : { readonly bind: { readonly request: false } };

type KeyBinding<Bind> = 'key' extends keyof Bind
  ? [Bind['key']] extends ['required']
    ? { readonly key: DpopKey }
    : { readonly key?: DpopKey }
  : { readonly key?: never };

/** What `fetch` takes, with the capability that the request needs. A stream cannot be its body. */
export type BoundFetchOptions<P extends PurposeTypes> = Omit<
  MintOptions<P>,
  'subject' | 'bind' | 'uses' | 'link'
> &
  RequestBinding<P['bind']> &
  KeyBinding<P['bind']> & {
    /** Default: the caller itself, by the name in its key. */
    readonly subject?: string;
  };

export interface BoundFetch<P extends PurposeMap> {
  /**
   * Mints a token that is good for this very request (method, URL, body) and sends the request with it: as
   * `Authorization: Bearer`, or, with a key, as `Authorization: DPoP` with a proof. The request is made once
   * and no redirect is followed, so that the token gets to nobody else; a redirect is the answer. Its answer
   * must begin within the client's `timeoutMs`, unless a `signal` is given.
   */
  <Name extends keyof P & string>(
    url: string | URL,
    options: { readonly capability: Name } & BoundFetchOptions<P[Name]> & RequestInit,
  ): Promise<Response>;
  /** The same with a token that was minted before. */
  (
    url: string | URL,
    options: { readonly token: string; readonly key?: DpopKey } & RequestInit,
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
  return async (given: string | URL, options: AnyOptions) => {
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
    { method, url, contentDigest }: Outgoing,
    { capability, order, key, bindsRequest }: Capability,
  ): Promise<string> {
    if (capability === undefined) throw new TypeError('capability: must name a purpose');
    const request = { method, url: url.href, ...(contentDigest === undefined ? {} : { contentDigest }) };
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
