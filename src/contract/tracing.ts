/** What a span is told of what it measures. */
export type SpanFacts = Readonly<Record<string, string>>;

/** Makes spans of what is done here, for a tracer that may be there. */
export interface Tracing {
  /** Does the work in a span. `told` says of the answer what the span is to have besides. */
  span<T>(
    name: string,
    facts: SpanFacts,
    work: () => Promise<T>,
    told?: (answer: T) => SpanFacts,
  ): Promise<T>;
  /** Does the work as a part of what a traceparent header names (W3C Trace Context), unless it is a part of something already. */
  within<T>(traceparent: string | undefined, work: () => T): T;
  /**
   * Tells the span that an instrumentation has made of the request what may be known of it: the template of its route in
   * place of its path and its query, and what its client calls itself.
   */
  request(route: string, agent: string | undefined): void;
}

/** For nobody who traces. */
export const NO_TRACING: Tracing = {
  span: (_name, _facts, work) => work(),
  within: (_traceparent, work) => work(),
  request: () => {},
};
