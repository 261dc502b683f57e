import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import openapiTS, { astToString } from 'openapi-typescript';
import { startChild } from '../../support/child.ts';
import { cleanupAfter } from '../../support/cleanup.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { findPythonProgram, python } from '../../support/pypi.ts';
import { call, type ServiceProcess } from '../../support/service.ts';
import { SOAKS } from '../../support/soak.ts';
import { runService } from '../run-service.ts';
import { CALLERS, PURPOSES } from './deployment.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MODULES = at('../../../node_modules');
const GENERATOR = {
  package: 'openapi-python-client',
  version: '0.29.1',
  module: 'openapi_python_client',
};
const DONE = { state: 'held', claims: { key: 'a.txt' }, refused: 'token_held' };

describe('a client that is generated from the description', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let description: string;
  let key: string;

  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
    description = (await call(service, 'GET', '/openapi.json', { as: null })).text;
    key = service.deployment.callerKeys.main ?? '';
  });

  async function folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'matchstick-generated-'));
    onClose(() => rm(made, { recursive: true, force: true }));
    return made;
  }

  const lastLine = (output: string) => JSON.parse(output.trim().split('\n').at(-1) ?? '');

  it('in TypeScript knows the purposes and their claims, and mints, redeems and is refused', async () => {
    const project = await folder();
    await symlink(MODULES, join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{"type": "module"}');
    await copyFile(at('clients/flow.ts'), join(project, 'flow.ts'));
    await writeFile(join(project, 'api.d.ts'), astToString(await openapiTS(description)));
    const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--skipLibCheck'];
    const tsc = startChild(
      process.execPath,
      [
        join(MODULES, '@typescript', 'native', 'bin', 'tsc'),
        ...strict,
        ...['--allowImportingTsExtensions', '--types', 'node', 'flow.ts'],
      ],
      { cwd: project },
    );
    expect(await tsc.exited(), tsc.output()).to.equal(0);
    const run = startChild(process.execPath, ['--import', 'tsx', 'flow.ts', service.url, key], {
      cwd: project,
    });
    expect(await run.exited(), run.output()).to.equal(0);
    expect(lastLine(run.output())).to.deep.equal({ ...DONE, committed: 'burned' });
  });

  if (SOAKS)
    it('in Python mints, redeems and is refused', async function () {
      const found = await findPythonProgram(GENERATOR);
      if (found.path === undefined) {
        console.error(`No client in Python: openapi-python-client cannot be had: ${found.reason}`);
        this.skip();
      }
      const project = await folder();
      await writeFile(join(project, 'openapi.json'), description);
      const made = ['generate', '--path', 'openapi.json', '--output-path', 'made', '--meta', 'none'];
      const generated = await python(found.path, ['-m', GENERATOR.module, ...made], project);
      expect(generated.exitCode, generated.output).to.equal(0);
      expect(generated.output).to.not.match(/warning/i);
      await copyFile(at('clients/flow.py'), join(project, 'flow.py'));
      const run = await python(found.path, ['flow.py', service.url, key], project);
      expect(run.exitCode, run.output).to.equal(0);
      expect(lastLine(run.output)).to.deep.equal(DONE);
    });
});
