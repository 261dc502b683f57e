import { createHash } from 'node:crypto';
import type { ApiDocument } from '../routes/openapi.ts';
import { type DocumentOptions, openApiDocument } from './document.ts';

/** Describes the API of a deployment, as it is sent. */
export function describeApi(options: DocumentOptions): ApiDocument {
  const text = JSON.stringify(openApiDocument(options));
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}
