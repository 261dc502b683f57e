import { z } from 'zod';
import { MatchstickError } from '../../errors.ts';
import { type Answer, COMMON_HEADERS } from '../../problem.ts';
import type { Route } from '../route.ts';

/** A file that the page about the API is made of. Its name changes with its content. */
export interface DocsFile {
  readonly name: string;
  readonly mediaType: string;
  readonly octets: Uint8Array;
  /** The same, compressed (RFC 1952). */
  readonly gzipped: Uint8Array;
}

export interface DocsFiles {
  readonly script: DocsFile;
  readonly style: DocsFile;
  readonly start: DocsFile;
}

/** Nothing but what is served here. */
const POLICY = [
  ...[
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
  ],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** `GET /docs`: the API as a page, with a form for each call. */
export function docsRoute(files: () => Promise<DocsFiles>): Route {
  return {
    operationId: 'docs',
    method: 'GET',
    path: '/docs',
    summary: 'The API as a page on which each call can be tried',
    replies: {},
    pages: [200],
    problems: [],
    needsCaller: false,
    isUnlisted: true,
    answer: async () => {
      const headers = {
        ...COMMON_HEADERS,
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': POLICY,
        'X-Robots-Tag': 'noindex',
      };
      return { status: 200, headers, body: pageOf(await files()) };
    },
  };
}

/** `GET /docs/:file`: what that page is made of. */
export function docsFileRoute(files: () => Promise<DocsFiles>): Route {
  return {
    operationId: 'docsFile',
    method: 'GET',
    path: '/docs/:file',
    summary: 'A file of that page',
    params: z.object({ file: z.string() }),
    replies: {},
    pages: [200],
    problems: ['not_found'],
    needsCaller: false,
    isUnlisted: true,
    answer: async ({ params, header }) => {
      const file = Object.values(await files()).find(({ name }) => name === params.file);
      if (!file) throw new MatchstickError('not_found', 'There is no such file.');
      return fileAnswer(file, header('accept-encoding') ?? '');
    },
  };
}

function fileAnswer({ mediaType, octets, gzipped }: DocsFile, accepted: string): Answer {
  const isCompressed = /(?:^|,)\s*gzip\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))/i.test(accepted);
  const headers = {
    ...COMMON_HEADERS,
    'Content-Type': mediaType,
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}),
  };
  return { status: 200, headers, body: '', octets: isCompressed ? gzipped : octets };
}

function pageOf({ script, style, start }: DocsFiles): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Matchstick API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/${style.name}">
</head>
<body>
<div id="api"><noscript>This page needs JavaScript. The same is in <a href="openapi.json">openapi.json</a>.</noscript></div>
<script src="docs/${script.name}"></script>
<script src="docs/${start.name}"></script>
</body>
</html>
`;
}
