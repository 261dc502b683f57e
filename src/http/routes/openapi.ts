import { z } from 'zod';
import { COMMON_HEADERS } from '../../problem.ts';
import type { Route } from '../route.ts';

/** `document`, as JSON, is asked at the first request: it describes every route, this one included. */
export function openApiRoute(document: () => Promise<string>): Route {
  return {
    operationId: 'openApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document: the API of this deployment, with its purposes',
    replies: { 200: { description: 'OpenAPI 3.1', body: z.looseObject({ openapi: z.string() }) } },
    problems: [],
    needsCaller: false,
    answer: async () => ({
      status: 200,
      headers: { ...COMMON_HEADERS, 'Content-Type': 'application/json' },
      body: await document(),
    }),
  };
}
