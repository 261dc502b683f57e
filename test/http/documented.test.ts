import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { consoleRoutes } from '../../src/console/routes.ts';
import { BINDINGS } from '../../src/contract/bindings.ts';
import { ERROR_CODES, MatchstickError, problemType } from '../../src/errors.ts';
import { allRoutes } from '../../src/http/routes.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the documentation of the API', () => {
  const api = read('api.md');

  it('lists every error code with its status, and no other', () => {
    const [, errors = ''] = api.split('\n## Errors\n');
    const listed = [...errors.matchAll(/^\| `(\w+)` \| (\d{3}) \|$/gm)].map(([, code, status]) => [
      code,
      status,
    ]);
    const codes = ERROR_CODES.map((code) => [code, String(new MatchstickError(code, '').status)]);
    expect(listed).to.deep.equal(codes);
  });

  it('has a paragraph for the type of every problem', () => {
    const paragraphs = [...api.matchAll(/^#### `(urn:matchstick:problem:\w+)`\n\n(.+)/gm)];
    expect(paragraphs.map(([, type]) => type)).to.deep.equal(ERROR_CODES.map(problemType));
    for (const [, type, text = ''] of paragraphs) expect(text.length, type).to.be.greaterThan(30);
  });

  it('names every route', () => {
    const routes = allRoutes(new Proxy(Object.create(null), { get: () => ({}) }));
    for (const { method, path } of routes) {
      const documented = path.replaceAll(/:(\w+)/g, '{$1}').replace(/\/release$/, '');
      const spelling = path.endsWith('/release') ? '`/release`' : `\`${method} ${documented}\``;
      expect(api, `${method} ${path}`).to.include(spelling);
    }
  });

  it('names every path of the console', () => {
    const nothing = new Proxy(Object.create(null), { get: () => ({}) });
    const routes = consoleRoutes({
      ...Object.create(null),
      operations: nothing,
      issuer: 'https://cap.example.test',
      files: [],
    });
    expect(routes).to.have.length.greaterThan(15);
    for (const { method, path } of routes) {
      const spelling = `\`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``;
      expect(read('console.md'), spelling).to.include(spelling);
    }
  });

  it('has a row for every kind of binding', () => {
    const bindings = read('bindings.md');
    for (const kind of BINDINGS) expect(bindings).to.match(new RegExp(`^\\| \`${kind}\` \\|`, 'm'));
  });
});
