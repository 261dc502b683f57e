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

declare const process: { readonly env?: Readonly<Record<string, string | undefined>> } | undefined;

export const web: Web = {
  // Some runtimes refuse a fetch that is called as a method of another object.
  fetch: (url, init) => fetch(url, init),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  randomId: () => crypto.randomUUID(),
  randomFraction: () => Math.random(),
  variable: (name) => (typeof process === 'undefined' ? undefined : process.env?.[name]),
};
