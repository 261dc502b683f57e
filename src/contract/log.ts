/** Where happenings are reported: the field `event` names each. A pino logger is one. */
export interface Log {
  info(event: object, message?: string): void;
  warn(event: object, message?: string): void;
  error(event: object, message?: string): void;
}
