import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DocumentOptions } from '../http/openapi/document.ts';
import type { DocsFile, DocsFiles } from '../http/routes/docs.ts';
import type { RouteDependencies } from '../http/routes.ts';
import type { Settings } from '../settings/parse.ts';
import { buildOf } from './version.ts';

/** Where the build puts the files of Swagger UI. In a clone that is not built, they are where npm has put them. */
const BUILT = new URL('../docs/', import.meta.url);
const INSTALLED = new URL('../../node_modules/swagger-ui-dist/', import.meta.url);

/** Calls go to where the page is, whatever the deployment is called from outside. */
const START = `'use strict';
fetch('openapi.json')
  .then((answer) => answer.json())
  .then((spec) => {
    spec.servers = [{ url: new URL('.', location.href).href.replace(/\\/$/, '') }];
    SwaggerUIBundle({ spec, dom_id: '#api', validatorUrl: null, deepLinking: false, docExpansion: 'list', defaultModelsExpandDepth: 0 });
  });
`;

/** What makes the description of an API. Nobody asks for it at the start. */
export const loadDescription = () => import('../http/openapi/describe-api.ts');

/** What the service shows of its API. */
export function apiOf(
  { purposes, stores, issuer }: Pick<Settings, 'purposes' | 'stores' | 'issuer'>,
  claimsSchemas: Settings['claimsSchemas'],
): NonNullable<RouteDependencies['api']> {
  let files: Promise<DocsFiles> | undefined;
  let described: Promise<string> | undefined;
  const describe = async (routes: DocumentOptions['routes']) => {
    const { describeApi } = await loadDescription();
    return describeApi({
      routes,
      purposes,
      claimsSchemas,
      stores: [...stores.keys()],
      url: issuer,
      version: buildOf(process.versions).version,
    });
  };
  return {
    describe: (routes) => {
      described ??= describe(routes);
      return described;
    },
    docs: () => {
      files ??= docsFiles().catch((error: unknown) => {
        files = undefined;
        throw error;
      });
      return files;
    },
  };
}

async function docsFiles(): Promise<DocsFiles> {
  const folder = existsSync(fileURLToPath(BUILT)) ? BUILT : INSTALLED;
  const [script, style, start] = await Promise.all([
    docsFile('swagger-ui', 'js', await readFile(new URL('swagger-ui-bundle.js', folder))),
    docsFile('swagger-ui', 'css', await readFile(new URL('swagger-ui.css', folder))),
    docsFile('start', 'js', Buffer.from(START)),
  ]);
  return { script, style, start };
}

const MEDIA_TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

async function docsFile(
  name: string,
  extension: keyof typeof MEDIA_TYPES,
  octets: Uint8Array,
): Promise<DocsFile> {
  const hash = createHash('sha256').update(octets).digest('hex').slice(0, 16);
  return {
    name: `${name}-${hash}.${extension}`,
    mediaType: MEDIA_TYPES[extension],
    octets,
    gzipped: await promisify(gzip)(octets),
  };
}
