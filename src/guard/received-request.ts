/** What a guard needs to know of a request, whatever framework received it. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** Every value of a header, one for each line of it. `name` is in lower case. */
  readonly headerValues: (name: string) => readonly string[];
  /** `http` or `https`, as far as the framework believes those in front of it. */
  readonly protocol: string;
  /** Whether the framework believes its peer about the host that a client asked for. */
  readonly trustsPeer: boolean;
  /** What a body parser made of the body; undefined if there was none. */
  readonly parsedBody: unknown;
  /** Whether octets of a body follow (RFC 9112 section 6.3). */
  readonly hasBody: boolean;
  /** The Content-Digest (RFC 9530) of the body that was received; undefined if its octets are not known. */
  readonly contentDigest: () => string | undefined | Promise<string | undefined>;
  /** How to parse a body in this framework, for its developer. */
  readonly parserHint: string;
}

/** The values of a parameter of the query that was sent, whatever the framework's parser makes of it. */
export function queryValues({ target }: ReceivedRequest, name: string): readonly string[] {
  const start = target.indexOf('?');
  return start < 0 ? [] : new URLSearchParams(target.slice(start)).getAll(name);
}

/** A member of the parsed body; undefined if there is none. */
export function bodyMember({ parsedBody }: ReceivedRequest, name: string): unknown {
  if (typeof parsedBody !== 'object' || parsedBody === null) return undefined;
  return Object.getOwnPropertyDescriptor(parsedBody, name)?.value;
}

/** The host that the client asked for: the one that a trusted proxy forwards, or the first Host that was sent. */
export function hostOf({ trustsPeer, headerValues }: ReceivedRequest): string | undefined {
  const forwarded = trustsPeer ? headerValues('x-forwarded-host').join(',').split(',', 1)[0]?.trim() : '';
  return forwarded || headerValues('host')[0];
}
