const MOST_KNOWN = 1000;
/** Tokens that are minted in one second share their times. */
const known = new Map<number, string>();

/** Unix milliseconds as RFC 3339 in UTC, as every reply has its times. */
export function timestampOf(unixMs: number): string {
  const text = known.get(unixMs) ?? new Date(unixMs).toISOString();
  if (known.size === MOST_KNOWN) known.clear();
  known.set(unixMs, text);
  return text;
}
