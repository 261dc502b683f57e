import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { onceInRunLater } from '../support/once-per-run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BANNER = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;
const MAIN_APP = ['app.ts', 'billing.ts', 'demo.ts'];

let bundled: Promise<string> | undefined;

/**
 * The program of an example, bundled with everything that it imports: one that compiles a thousand modules takes five times
 * as long to start. It stands in a copy of `examples/`.
 */
export async function bundledExample(path: string): Promise<string> {
  bundled ??= onceInRunLater('examples', bundle);
  return join(await bundled, 'examples', path.replace(/\.ts$/, '.mjs'));
}

async function bundle(folder: string): Promise<void> {
  cpSync(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const guides = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'));
  const examples = [...guides, ...MAIN_APP.map((name) => join('main-app', name))];
  await build({
    entryPoints: [...examples.map((name) => join(ROOT, 'examples', name)), join(ROOT, 'src/main.ts')],
    ...{ outdir: folder, outbase: ROOT, outExtension: { '.js': '.mjs' }, splitting: true },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
    external: ['@aws-sdk/*', '@opentelemetry/api', 'json-schema-to-typescript'],
    banner: { js: BANNER },
    plugins: [inPlace],
  });
}

/** Modules of `src/` find the files beside them; and a demo starts what was bundled as well. */
const inPlace: Plugin = {
  name: 'in place',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
    onLoad({ filter: /\/demo\/processes\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        "['--import', import.meta.resolve('tsx'), fileURLToPath(file)]",
        "[fileURLToPath(file).replace(/ts$/, 'mjs')]",
      ),
      loader: 'ts',
    }));
  },
};
