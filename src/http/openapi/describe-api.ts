import { createHash } from 'node:crypto';
import type { ApiDocument } from '../routes/openapi.ts';
import type { DescribeApi } from '../routes.ts';
import { type DocumentOptions, openApiDocument } from './document.ts';

/** Describes the API of a deployment: once, when somebody asks first. */
export function describeApi(deployment: Omit<DocumentOptions, 'routes'>): DescribeApi {
  let made: ApiDocument | undefined;
  return (routes) => {
    made ??= asSent(JSON.stringify(openApiDocument({ ...deployment, routes })));
    return made;
  };
}

function asSent(text: string): ApiDocument {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}
