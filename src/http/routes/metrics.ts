import { z } from 'zod';
import { MatchstickError } from '../../errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { COMMON_HEADERS } from '../../problem.ts';
import type { Route } from '../route.ts';

export interface MetricsSource {
  /** The metrics in the Prometheus text format. */
  readonly page: () => Promise<string>;
  /** The same, for operators. */
  readonly read: Operation<Record<never, never>, string>;
  /** Whether everybody may read them. */
  readonly isOpen: boolean;
}

const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };

/** For programs on this host, and for operators. No limit counts it: counting would ask the ledger that it tells of. */
export function metricsRoute({ page, read, isOpen }: MetricsSource): Route {
  return {
    operationId: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'What the service counts and measures, for Prometheus',
    replies: { 200: { description: 'In the text format of Prometheus', body: z.string(), headers } },
    problems: [],
    needsCaller: true,
    isOpenTo: ({ isFromThisHost }) => isOpen || isFromThisHost(),
    answer: async ({ occasion }, caller) => {
      const text = caller ? await read.perform({}, caller, occasion) : await page();
      if (text instanceof MatchstickError) throw text;
      return { status: 200, headers: { ...COMMON_HEADERS, ...headers }, body: text };
    },
  };
}
