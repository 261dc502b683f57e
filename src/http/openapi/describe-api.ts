import { type DocumentOptions, openApiDocument } from './document.ts';

/** Describes the API of a deployment, as it is sent. */
export function describeApi(options: DocumentOptions): string {
  return JSON.stringify(openApiDocument(options));
}
