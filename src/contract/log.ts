/** Where Matchstick reports what happens; a pino logger is one. The member `event` of each entry names it. */
export interface Log {
  /** Reports something expected. */
  info(event: object, message?: string): void;
  /** Reports something that you should look at. */
  warn(event: object, message?: string): void;
  /** Reports a failure. */
  error(event: object, message?: string): void;
}
