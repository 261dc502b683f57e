/** From when to when a signature is good. Whole seconds. */
export interface Validity {
  readonly signedAtMs: number;
  readonly expiresInSeconds: number;
}

/**
 * The validity of what is signed at a moment, shortened to that of the credentials that sign it: a URL dies
 * with them, whatever it says. Undefined when they leave it not even a second.
 */
export function validity(
  atMs: number,
  wantedSeconds: number,
  credentialsEndAtMs: number | undefined,
): Validity | undefined {
  const signedAt = Math.floor(atMs / 1000);
  const left = Math.floor((credentialsEndAtMs ?? Number.POSITIVE_INFINITY) / 1000) - signedAt;
  const expiresInSeconds = Math.min(wantedSeconds, left);
  return expiresInSeconds < 1 ? undefined : { signedAtMs: signedAt * 1000, expiresInSeconds };
}
