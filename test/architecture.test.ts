import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * The house: each room, and which rooms it may import from besides itself. Files at the top of src/ are
 * rooms of their own; those that are not listed here may import anything below.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'input-problems.ts': ['errors.ts'],
  api: ['errors.ts'],
  token: ['errors.ts'],
  burn: ['errors.ts', 'token'],
  keys: ['errors.ts', 'token', 'burn'],
  redis: ['errors.ts', 'token', 'burn'],
  links: ['errors.ts', 'token', 'burn'],
  calls: ['errors.ts', 'api', 'token', 'burn'],
  http: ['errors.ts', 'api', 'input-problems.ts', 'token', 'burn', 'links', 'calls'],
  middleware: ['errors.ts', 'api', 'input-problems.ts'],
  s3: ['errors.ts', 'token', 'burn'],
  'in-process': ['errors.ts', 'input-problems.ts', 'api', 'token', 'burn', 's3', 'calls', 'settings'],
  client: ['errors.ts', 'api'],
};

/** Packages that only some rooms may know. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  express: ['http'],
  ioredis: ['redis'],
  yaml: ['settings.ts', 'settings'],
  ajv: ['settings'],
  '@standard-schema': ['api', 'in-process'],
  pino: ['log.ts'],
  negotiator: ['links'],
  '@aws-sdk': ['s3'],
  '@smithy': ['s3'],
  'content-disposition': ['s3'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type` costs nothing at run time, and `import(…)` only where it is reached. */
  readonly isLazy: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
const imports = files.flatMap(importsOf);
const roomOf = (path: string) => path.split('/')[0] ?? path;

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).to.be.greaterThan(30);
    expect(imports.length).to.be.greaterThan(100);
  });

  it('imports downwards only: errors, token, burn, adapters, links, http, then what starts them', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = MAY_IMPORT[roomOf(from)];
      return to.endsWith('.ts') && allowed && roomOf(to) !== roomOf(from) && !allowed.includes(roomOf(to));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('has no cycle', () => {
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      else for (const { to } of imports.filter(({ from }) => from === file)) visit(to, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect([...new Set(cycles)]).to.deep.equal([]);
  });

  it('keeps each library in the room that knows it', () => {
    const wrong = imports.filter(({ from, to }) => {
      const rooms = ONLY_IN[to.split('/')[0] ?? to];
      return rooms !== undefined && !rooms.includes(roomOf(from));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('loads the AWS SDK, which is as large as all the rest, only for those who have stores', () => {
    expect(loadedFrom('main.ts').filter((name) => name.startsWith('@aws-sdk'))).to.deep.equal([]);
    expect(loadedFrom('s3/stores.ts')).to.include('@aws-sdk/client-s3');
  });

  it('keeps Express out of every route', () => {
    const knowing = imports.filter(({ to }) => to === 'express').map(({ from }) => from);
    expect(knowing).to.deep.equal(['http/express-app.ts']);
  });

  it('spares whoever has it in process what only the service needs', () => {
    const loaded = loadedFrom('index.ts');
    expect(loaded).to.include('ioredis');
    expect(
      loaded.filter((name) => /^(express|yaml|ajv|pino|negotiator|@aws-sdk)\b/.test(name)),
    ).to.deep.equal([]);
  });

  it('takes time, randomness and the environment only where a process or a library begins', () => {
    const ambient =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.env\b|\brandomBytes\b.*node:crypto/;
    const knowing = files.filter((file) =>
      ambient.test(withoutComments(readFileSync(join(SRC, file), 'utf8'))),
    );
    const beginnings = ['main.ts', 'cli/matchstick.ts', 'create-matchstick.ts', 'client/web.ts'];
    expect(knowing).to.have.members(beginnings);
  });

  it('keeps token/ and burn/ free of server, clock and network', () => {
    const allowed = /^(jose|node:crypto)$|\.ts$/;
    const wrong = imports.filter(
      ({ from, to }) => ['token', 'burn'].includes(roomOf(from)) && !allowed.test(to),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('keeps client/ to what every runtime with fetch and WebCrypto has', () => {
    const reached = new Set<string>(['client/index.ts']);
    for (const file of reached) for (const { from, to } of imports) if (from === file) reached.add(to);
    const packages = [...reached].filter((name) => !name.endsWith('.ts'));
    expect(packages).to.deep.equal(['jose']);
    expect([...reached].filter((name) => !/^(client|api)\/|^errors\.ts$|^jose$/.test(name))).to.deep.equal(
      [],
    );
  });

  it('has no file above 200 lines, and half of them are below 80', () => {
    const lengths = files
      .map((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length)
      .sort((a, b) => a - b);
    expect(lengths.at(-1)).to.be.at.most(200);
    expect(lengths[Math.floor(lengths.length / 2)]).to.be.below(80);
  });

  it('has no room that is named for nothing', () => {
    const folders = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory());
    expect(folders).to.not.include.members(['utils', 'helpers', 'types', 'services', 'lib', 'common']);
  });
});

/** The files and packages that are loaded with a file. */
function loadedFrom(file: string): readonly string[] {
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { to } of imports.filter(({ from, isLazy }) => from === name && !isLazy)) load(to);
  };
  load(file);
  return [...loaded];
}

function importsOf(file: string): Import[] {
  const source = withoutComments(readFileSync(join(SRC, file), 'utf8'));
  const specifiers = source.matchAll(
    /(?:((?:\bimport|\bexport) type[^';]*?)?\bfrom\s+|\bimport\s+|(\bimport\(\s*))'([^']+)'/g,
  );
  return [...specifiers].map(([, typeOnly, dynamic, specifier = '']) => ({
    from: file,
    to: specifier.startsWith('.') ? relative(SRC, join(SRC, dirname(file), specifier)) : specifier,
    isLazy: typeOnly !== undefined || dynamic !== undefined,
  }));
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
