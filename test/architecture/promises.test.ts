import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PROMISES } from '../../scripts/mutation/promises.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('the promises that npm run mutate breaks', () => {
  for (const { promise, file, line, tests } of PROMISES) {
    it(`are kept by one line: ${promise}`, () => {
      expect(readFileSync(`${ROOT}${file}`, 'utf8').split(line), file).to.have.length(2);
      for (const test of tests) expect(existsSync(`${ROOT}${test}`), test).to.equal(true);
    });
  }
});
