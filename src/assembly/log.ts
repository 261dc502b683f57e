import { pino } from 'pino';
import type { Log } from '../contract/log.ts';
import type { HearEvent } from '../events/recorder.ts';
import type { ReportFailure } from '../http/perform.ts';
import type { ReportProxies } from '../http/proxy-watch.ts';
import { patientStandardError, promptStandardError } from './standard-error.ts';

/** The log of the process: one JSON object a line, each with `members`, to standard error. What cannot be written is lost. */
export function processLog(members: object = {}): Log {
  return pino({ base: members, timestamp: pino.stdTimeFunctions.isoTime }, promptStandardError());
}

/** What no request can answer for, with its stack: the last resort. Of its message only a beginning is written. */
export function reportUnforeseen(
  log: Log,
  what: 'unhandledRejection' | 'uncaughtException',
  error: unknown,
): void {
  const known = error instanceof Error ? error : new TypeError('something was thrown that is not an error');
  log.error({
    event: 'process.unforeseen',
    what,
    ...causeOf(known),
    ...stackOf(known),
  });
}

/**
 * Reports failures by request id, code, what the caller was told, and cause. Of a cause only name and message are written: error
 * objects of libraries carry whole commands and bodies. What nobody foresaw also gets its stack.
 */
export function failureReporter(log: Log): ReportFailure {
  return ({ requestId, route, error }) => {
    const { cause } = error;
    const known = cause instanceof Error;
    log.error({
      event: 'request.failed',
      requestId,
      route,
      code: error.code,
      detail: error.message,
      ...(known ? causeOf(cause) : {}),
      ...(known && error.code === 'internal' ? stackOf(cause) : {}),
    });
  };
}

/** Octets, as all lengths of lines. */
const MOST_OF_A_MESSAGE = 500;
/** With all else, a line is shorter than what is never mixed with another writer's in a pipe (PIPE_BUF). */
const MOST_OF_A_STACK = 2500;

function causeOf({ name, message }: Error) {
  return { cause: { name, message: beginningOf(message, MOST_OF_A_MESSAGE) } };
}

/** A stack begins with the whole message. */
function stackOf({ stack, message }: Error) {
  const shorter = stack?.replace(message, () => beginningOf(message, MOST_OF_A_MESSAGE));
  return { stack: shorter && beginningOf(shorter, MOST_OF_A_STACK) };
}

/** As much of the beginning as is no more than so many octets in a line: of some characters, one takes six there. */
function beginningOf(text: string, mostOctets: number): string {
  let beginning = text.slice(0, mostOctets);
  while (Buffer.byteLength(JSON.stringify(beginning)) - '""'.length > mostOctets) {
    beginning = beginning.slice(0, Math.floor(beginning.length * 0.9));
  }
  return beginning;
}

/** Warns that listen.proxyHops does not fit the requests. No address is written. */
export function proxiesReporter(log: Log): ReportProxies {
  return (found) => {
    const message =
      found.proxyHops === 0
        ? 'A request came with X-Forwarded-For, which is ignored because listen.proxyHops is 0. If there are proxies in front, set it to their number: until then all clients share the address of a proxy, and its limits.'
        : 'A request came with fewer addresses in X-Forwarded-For than listen.proxyHops says, so the address of its connection counts. If there are not so many proxies in front, lower it: until then, a client that writes enough addresses itself chooses its own, and with it its limits.';
    log.warn({ event: 'setting.contradicted', setting: 'listen.proxyHops', ...found }, message);
  };
}

/** A write costs more than a line, so all lines of this time are one write. */
const GATHER_MS = 10;

/**
 * Writes each event as one line of JSON, to standard error like the rest of the log, and never waits for whoever reads it: a
 * collector that hangs must not keep a token from being burned. What it reads too slowly is dropped, and counted.
 */
export function eventLog(dropped: (count: number) => void): HearEvent {
  const standardError = patientStandardError((lines) => dropped(lines.split('\n').length - 1));
  let gathered = '';
  const write = () => {
    if (gathered !== '') standardError.write(gathered);
    gathered = '';
  };
  return (event) => {
    const line = `{"level":30,"event":"${event.type}",${asciiJson(event).slice(1)}\n`;
    if (gathered.length + line.length > standardError.atOnce) write();
    if (gathered === '') setTimeout(write, GATHER_MS);
    gathered += line;
  };
}

/** What is written is measured in characters, and what a pipe takes at once in octets: here they are the same. */
function asciiJson(event: object): string {
  const hexOf = (character: string) => character.charCodeAt(0).toString(16).padStart(4, '0');
  return JSON.stringify(event).replace(/[\u0080-\uffff]/g, (character) => `\\u${hexOf(character)}`);
}
