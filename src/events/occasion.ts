/** The request in which something was asked for, as far as there was one. */
export interface Occasion {
  readonly requestId?: string;
  /** W3C Trace Context: 32 hexadecimal digits. */
  readonly traceId?: string;
  /** In the form that `events.client` allows. */
  readonly client?: { readonly address: string; readonly agent?: string };
}

/** In the application's own process nobody knows of a request. */
export const NO_REQUEST: Occasion = {};
