import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PEERS } from '../../src/settings/peers.ts';
import { runService } from '../http/run-service.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { freePort } from '../support/redis-server.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Each instruction with its arguments on one line, in stages that begin with FROM; what is before them is stage 0. */
function stagesOf(text: string): readonly (readonly Instruction[])[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: Instruction[][] = [[]];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

/** What a list of JSON strings says; undefined for the form that a shell would run. */
function execForm(rest: string): readonly string[] | undefined {
  return rest.startsWith('[') ? JSON.parse(rest) : undefined;
}

describe('deploy/Containerfile', () => {
  const onClose = cleanupAfter(after);
  const [settings = [], build = [], image = []] = stagesOf(read('deploy/Containerfile'));
  const all = [...settings, ...build, ...image];
  const of = (stage: readonly Instruction[], name: string) =>
    stage.filter((each) => each.name === name).map(({ rest }) => rest);
  const only = (name: string) => {
    const found = of(image, name);
    expect(found, name).to.have.length(1);
    return found[0] ?? '';
  };
  const manifest = JSON.parse(read('package.json'));

  it('has two stages from one image, of a Node that fits', () => {
    expect(all.map(({ name }) => name)).to.not.include('');
    expect(of(build, 'FROM').join()).to.match(/^\$\{NODE_IMAGE\} AS build$/);
    expect(of(image, 'FROM').join()).to.match(/^\$\{NODE_IMAGE\}$/);
    const [, major] =
      /^NODE_IMAGE=docker\.io\/library\/node:(\d+)-[a-z]+-slim$/.exec(of(settings, 'ARG')[0] ?? '') ?? [];
    expect(Number(major)).to.be.greaterThanOrEqual(24);
  });

  it('runs Node itself as process 1, as a user with a number, and not as root', () => {
    expect(execForm(only('ENTRYPOINT'))).to.deep.equal(['node', `/app/${manifest.bin.matchstick}`]);
    expect(execForm(only('CMD'))).to.deep.equal(['serve']);
    expect(only('USER')).to.match(/^[1-9]\d*:[1-9]\d*$/);
    const afterUser = image.slice(image.findIndex(({ name }) => name === 'USER'));
    expect(afterUser.map(({ name }) => name)).to.not.include.members(['RUN']);
  });

  it('is for production, and listens where the port leads', () => {
    expect(only('ENV').split(' ')).to.include.members(['NODE_ENV=production', 'HOST=0.0.0.0']);
    expect(only('EXPOSE')).to.equal('4100');
  });

  it('holds no secret, fetches nothing by address, and declares no volume in which keys would get lost', () => {
    expect(all.map(({ name }) => name)).to.not.include.members(['ADD']);
    expect(of(image, 'VOLUME')).to.deep.equal([]);
    for (const rest of [...of(all, 'ENV'), ...of(all, 'ARG')]) {
      expect(rest).to.not.match(/KEY|SECRET|PASSWORD|TOKEN|REDIS_URL/i);
    }
  });

  it('copies what is there, and .dockerignore lets nothing else into a build', () => {
    const copied = [...of(build, 'COPY'), ...of(image, 'COPY')]
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    for (const source of copied) expect(existsSync(new URL(source, ROOT)), source).to.equal(true);
    const [first, ...exceptions] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).to.equal('*');
    expect(exceptions).to.have.members([...new Set(copied)].map((source) => `!${source}`));
    for (const rest of of(image, 'COPY').filter((each) => each.startsWith('--'))) {
      expect(rest).to.match(/^--from=build \/build\/\S+ \S+$/);
    }
  });

  it('installs the optional peers of the service, of stores and of AWS KMS, in the versions of the lockfile', () => {
    const [, list = ''] = /\[((?:'[^']+',? ?)+)\]/.exec(of(build, 'RUN').at(-1) ?? '') ?? [];
    const names = list.split(',').map((name) => name.trim().slice(1, -1));
    expect(names).to.have.members(Object.keys({ ...PEERS.service, ...PEERS.stores, ...PEERS.kms }));
    for (const name of names) expect(manifest.devDependencies[name], name).to.match(/^\d+\.\d+\.\d+$/);
  });

  it('sees whether the service is alive', async () => {
    const [, command = ''] = /CMD (\[.+)$/.exec(only('HEALTHCHECK')) ?? [];
    const [program, ...args] = execForm(command) ?? [];
    expect(program).to.equal('node');
    const service = await runService(onClose);
    const check = async (port: string | number) => {
      const child = startChild(process.execPath, args, {
        cwd: fileURLToPath(ROOT),
        env: { ...process.env, PORT: String(port) },
      });
      return { exitCode: await child.exited(), output: child.output() };
    };
    expect(await check(new URL(service.url).port)).to.deep.equal({ exitCode: 0, output: '' });
    expect(await check(await freePort())).to.deep.equal({ exitCode: 1, output: '' });
  });
});
