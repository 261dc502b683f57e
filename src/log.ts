import { pino } from 'pino';
import type { Log } from './api/log.ts';
import type { ReportFailure } from './http/perform.ts';

/** The log of the process: one JSON object a line, to standard error. */
export function processLog(): Log {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}

/**
 * Reports failures by request id, code and cause. Of a cause only name and message are written: error
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
      ...(known ? { cause: { name: cause.name, message: cause.message.slice(0, 500) } } : {}),
      ...(known && error.code === 'internal' ? { stack: cause.stack?.slice(0, 4000) } : {}),
    });
  };
}
