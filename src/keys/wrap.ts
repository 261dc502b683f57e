/** One way to wrap the data key of a ring. */
export type WrapWay =
  | { readonly secret: string }
  | { readonly command: WrapCommand }
  | { readonly awsKms: string };

/** Programs with their arguments. What comes in is read from stdin, what comes out is written to stdout. */
export interface WrapCommand {
  readonly wrap: readonly string[];
  readonly unwrap: readonly string[];
}

/** How a ring is wrapped, and how it was: then it is opened that way once more, and wrapped anew. */
export type Wrap = WrapWay & { readonly previous?: WrapWay | undefined };

export const WRAP_WAYS = ['secret', 'command', 'awsKms'] as const;

/** What wraps a data key. Throws an UnfitKeyError that says what to mend, and quotes neither a key nor the secret. */
export interface DataKeyWrapper {
  readonly by: (typeof WRAP_WAYS)[number];
  /** Which of several it is, if that is no secret. */
  readonly id?: string;
  wrap(dataKey: Uint8Array): Promise<string>;
  unwrap(text: string): Promise<Uint8Array>;
}

export const DATA_KEY_OCTETS = 32;
