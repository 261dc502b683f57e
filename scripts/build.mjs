// Compiles src/.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

/** Builds into an empty folder. Throws when the compiler finds something; `more` are further arguments of it. */
export function buildInto(dist, more = []) {
  rmSync(dist, { recursive: true, force: true });
  const tsc = at('node_modules', '@typescript', 'native', 'bin', 'tsc');
  // Each of its checkers would look at the same types anew: several take twice the CPU, and longer on two cores.
  const args = [tsc, '-p', at('tsconfig.build.json'), '--outDir', dist, '--singleThreaded', ...more];
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`tsc did not succeed${error ? `: ${error.message}` : ''}.`);
  // What the page about the API is made of. The package has no need of the rest of it.
  mkdirSync(join(dist, 'docs'));
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']) {
    copyFileSync(at('node_modules', 'swagger-ui-dist', name), join(dist, 'docs', name));
  }
  mkdirSync(join(dist, 'console-files'));
  for (const name of ['dist/uPlot.esm.js', 'dist/uPlot.min.css', 'LICENSE']) {
    copyFileSync(at('node_modules', 'uplot', name), join(dist, 'console-files', basename(name)));
  }
  for (const name of readdirSync(dist, { recursive: true })) {
    if (name.endsWith('.d.ts')) nameCompiledFiles(join(dist, name));
  }
}

/** The compiler writes `./x.js` into what it compiles, and leaves `./x.ts` in the declarations. */
function nameCompiledFiles(file) {
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(/((?:from |import\()["']\.[^"']*)\.ts(["'])/g, '$1.js$2'));
}
