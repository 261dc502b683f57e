import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type House, RULES, readHouse } from './rules.ts';
import { FLOORS, SUITES } from './table.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const TEST = fileURLToPath(new URL('..', import.meta.url));

/** For each rule: what is planted into a copy of the house, and a part of what must be found. */
const VIOLATIONS: Readonly<Record<string, readonly [plant: (src: string) => void, found: string]>> = {
  'every room is in the table': [write('attic/box.ts', 'export const inTheAttic = 1;\n'), 'attic'],
  'five files stand at the root': [write('loose.ts', 'export const loose = 1;\n'), 'loose.ts'],
  'imports go downwards': [
    add('burn/redeem.ts', "import { redisLedger } from '../redis/ledger.ts';\nvoid redisLedger;\n"),
    'burn/redeem.ts -> redis/ledger.ts',
  ],
  'every exception is used': [
    (src) => {
      for (const path of ['operations/mint-order.ts', 'operations/unknown-name.ts']) {
        add(path, '', (text) => text.replace(/^.*input-problems.*\n/m, ''))(src);
      }
    },
    'operations -> input-problems.ts',
  ],
  'no import leads back': [
    add('token/base64url.ts', "import { digestOf } from './digest.ts';\nvoid digestOf;\n", undefined, {
      'token/digest.ts':
        "import { isCanonicalBase64url } from './base64url.ts';\nvoid isCanonicalBase64url;\n",
    }),
    'token/base64url.ts',
  ],
  'a package is imported only where it is known': [
    add('burn/mint.ts', "import { Redis } from 'ioredis';\nvoid Redis;\n"),
    'burn/mint.ts -> ioredis',
  ],
  'time, randomness and the environment are handed in': [
    add('ledger/memory/burns.ts', 'export const bootedAtMs = Date.now();\n'),
    'ledger/memory/burns.ts',
  ],
  'no type is made true by a cast': [
    add('token/key.ts', 'export const pretended = JSON.parse("1") as SigningKey;\n'),
    'token/key.ts',
  ],
  'no global type is changed': [
    add('express/grants.ts', 'declare global { namespace Express { interface Request { grant: 1 } } }\n'),
    'express/grants.ts',
  ],
  'no room and no file is named for nothing': [
    write('burn/utils.ts', 'export const useful = 1;\n'),
    'burn/utils.ts',
  ],
  'no file repeats the name of its room': [
    write('redis/redis-things.ts', 'export const things = 1;\n'),
    'redis/redis-things.ts',
  ],
  'no exported name means two things': [add('keys/key-ring.ts', 'export const redeem = 1;\n'), 'redeem: '],
  'no file is long, and half of them are short': [
    add('http/page.ts', 'void 0;\n'.repeat(200)),
    'http/page.ts: ',
  ],
  'the client needs nothing that only Node has': [
    add('contract/use.ts', "import { inspect } from 'node:util';\nvoid inspect;\n"),
    'node:util',
  ],
  'a guard knows no framework': [
    add(
      'guard/refuse.ts',
      "import type { ServerResponse } from 'node:http';\nexport type Sent = ServerResponse;\n",
    ),
    'node:http',
  ],
  'the AWS SDK is loaded only for those who have stores': [
    add('s3/store.ts', "import { S3Client } from '@aws-sdk/client-s3';\nvoid S3Client;\n"),
    '@aws-sdk',
  ],
  'a start loads nothing that only some deployments need': [
    add('http/routes.ts', "import './openapi/document.ts';\n"),
    'http/openapi/document.ts',
  ],
  'the library loads nothing that only the service needs': [
    add('library/options.ts', "import { parseDocument } from 'yaml';\nvoid parseDocument;\n", undefined, {
      'index.ts': "import './library/options.ts';\n",
    }),
    'yaml',
  ],
  'Express is seen by one file of the service': [
    add('http/perform.ts', "import express from 'express';\nvoid express;\n"),
    'http/perform.ts',
  ],
};

describe('the house', () => {
  const onClose = cleanupAfter(after);
  let house: House;
  before(() => {
    house = readHouse(SRC);
  });

  it('is looked at whole', () => {
    expect(house.files.length).to.be.greaterThan(150);
    expect(house.files.flatMap(({ imports }) => imports).length).to.be.greaterThan(700);
    expect(Object.keys(VIOLATIONS)).to.have.members(Object.keys(RULES));
  });

  for (const [rule, broken] of Object.entries(RULES)) {
    it(`keeps its rule: ${rule}`, () => {
      expect(broken(house)).to.deep.equal([]);
    });

    it(`would be found to break its rule: ${rule}`, () => {
      const [plant, found] = VIOLATIONS[rule] ?? [];
      const copy = mkdtempSync(join(tmpdir(), 'matchstick-house-'));
      onClose(async () => rmSync(copy, { recursive: true }));
      cpSync(SRC, copy, { recursive: true });
      plant?.(copy);
      expect(broken(readHouse(copy)).join('\n')).to.include(found);
    });
  }

  it('has its tests under the names of its rooms', () => {
    const rooms = FLOORS.flat();
    const folders = readdirSync(TEST, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const unknown = folders
      .map(({ name }) => name)
      .filter((name) => !rooms.includes(name) && !(name in SUITES));
    expect(unknown).to.deep.equal([]);
    expect(Object.keys(SUITES).filter((name) => !folders.some((entry) => entry.name === name))).to.deep.equal(
      [],
    );
  });
});

function write(path: string, text: string) {
  return (src: string): void => {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  };
}

/** Adds text to files, after changing the first of them. */
function add(
  path: string,
  text: string,
  change: (text: string) => string = (same) => same,
  more: Readonly<Record<string, string>> = {},
) {
  return (src: string): void => {
    const { files } = readHouse(src);
    const file = files.find((each) => each.path === path);
    if (!file) throw new Error(`there is no ${path}`);
    writeFileSync(join(src, path), `${change(file.text)}\n${text}`);
    for (const [other, addition] of Object.entries(more)) appendFileSync(join(src, other), addition);
  };
}
