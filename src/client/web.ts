/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the client takes from the runtime it lives in: web APIs that Node, Bun, Deno and workers all have. */
export interface Web {
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  /** Never goes back. */
  readonly monotonicMs: () => number;
  /** Unguessable. */
  readonly randomId: () => string;
  /** From 0 up to 1; need not be unguessable. */
  readonly randomFraction: () => number;
  /** A variable of the environment; undefined where the runtime has no environment. */
  readonly variable: (name: string) => string | undefined;
}

declare const process:
  | {
      readonly env?: Readonly<Record<string, string | undefined>>;
      readonly versions?: { readonly node?: string };
    }
  | undefined;

export const web: Web = {
  // Some runtimes refuse a fetch that is called as a method of another object.
  fetch: (url, init) => fetch(url, init),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  randomId: () => crypto.randomUUID(),
  randomFraction: () => Math.random(),
  variable: (name) => (typeof process === 'undefined' ? undefined : process.env?.[name]),
};

/** Throws a TypeError where there is no WebCrypto, as in a Node that is too old. */
export function requireWebCrypto(): void {
  if (typeof crypto === 'object' && crypto.subtle !== undefined) return;
  const node = typeof process === 'undefined' ? undefined : process.versions?.node;
  const found = node === undefined ? 'this runtime has none' : `this is Node ${node}`;
  throw new TypeError(`createClient needs WebCrypto, which Node has from 20.19 on; ${found}`);
}
