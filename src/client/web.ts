/** `fetch`, as far as this client uses it. */
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
}

export const web: Web = {
  // Some runtimes refuse a fetch that is called as a method of another object.
  fetch: (url, init) => fetch(url, init),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  randomId: () => crypto.randomUUID(),
  randomFraction: () => Math.random(),
};
