import { z } from 'zod';
import { type Answer, COMMON_HEADERS } from '../../problem.ts';
import type { Route } from '../route.ts';

/** The OpenAPI document of a deployment, as it is sent. */
export interface ApiDocument {
  /** JSON. */
  readonly text: string;
  /** An entity tag (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'public, max-age=60, must-revalidate',
};

/** `document` is asked at the first request: it describes every route, this one included. */
export function openApiRoute(document: () => Promise<ApiDocument>): Route {
  return {
    operationId: 'openApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document: the API of this deployment, with its purposes',
    headers: z.object({ 'if-none-match': z.string().optional() }),
    replies: {
      200: {
        description: 'OpenAPI 3.1',
        body: z.looseObject({ openapi: z.string() }),
        headers: { ...HEADERS, ETag: '' },
      },
    },
    problems: [],
    needsCaller: false,
    answer: async ({ header }) => answerOf(await document(), header('if-none-match')),
  };
}

function answerOf({ text, etag }: ApiDocument, known: string | undefined): Answer {
  const headers = { ...COMMON_HEADERS, ...HEADERS, ETag: etag };
  const isKnown =
    known !== undefined &&
    (known.trim() === '*' || known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag));
  return isKnown ? { status: 304, headers, body: '' } : { status: 200, headers, body: text };
}
