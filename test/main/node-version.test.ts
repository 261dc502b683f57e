import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { nodeProblem, requireNode } from '../../src/assembly/node-version.ts';

describe('the version of Node.js', () => {
  it('is one that package.json allows, or is named with what is needed', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly', process.versions.node]) {
      expect(nodeProblem(version), version).to.equal(undefined);
      expect(() => requireNode(version)).not.to.throw();
    }
    for (const version of ['20.18.3', '18.20.8', '9.0.0', '0.12.18']) {
      const told = `Matchstick needs Node 20.19 or newer; this is ${version}.`;
      expect(nodeProblem(version)).to.equal(told);
      expect(() => requireNode(version)).to.throw(`The installation has a problem:\n  node: ${told}`);
    }
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(engines.node).to.equal('>=20.19');
  });
});
