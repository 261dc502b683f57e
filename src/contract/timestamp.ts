/** Unix milliseconds as RFC 3339 in UTC, as every reply has its times. */
export function timestampOf(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
