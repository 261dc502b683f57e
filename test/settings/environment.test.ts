import { expect } from 'chai';
import { substituteEnvironment } from '../../src/settings/environment.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const REDIS = `ledger: { redis: "\${REDIS_URL}" }`;

describe('the environment in a configuration', () => {
  it(`takes the place of \${NAME}, alone or inside a text, once or more often`, () => {
    const environment = { A: 'one', B_2: 'two', _: 'three' };
    const tree = { a: `\${A}`, b: [`x-\${A}-\${B_2}-\${A}`, `\${_}`], c: { d: `\${B_2}` } };
    expect(substituteEnvironment(tree, environment)).to.deep.equal({
      a: 'one',
      b: ['x-one-two-one', 'three'],
      c: { d: 'two' },
    });
  });

  it('makes a setting absent that names a variable that is not set, or empty', () => {
    const tree = { a: `\${NO}`, b: [`\${NO}`, 'kept', `x\${EMPTY}`], c: { d: `\${NO}` }, e: `\${A}\${NO}` };
    expect(substituteEnvironment(tree, { A: 'one', EMPTY: '' })).to.deep.equal({ b: ['kept'], c: {} });
    expect(parseSettings(REDIS, {}, 'x').ledger).to.not.have.property('redis');
  });

  it('is named where a setting is missing because its variable is not set', () => {
    const purpose = { audience: `\${APP_URL}`, lifetime: `\${A}\${B}\${A}` };
    const caller = { keySha256: [`\${FIRST}`, `\${SECOND}`], mint: ['nothing'] };
    expect(
      problemsOf({ purposes: { p: purpose }, callers: { c: caller } }, { A: '1', FIRST: '' }),
    ).to.deep.equal([
      'callers.c.keySha256: must have at least 1 item (not set: FIRST, SECOND)',
      'purposes.p.audience: is required (not set: APP_URL)',
      'purposes.p.lifetime: is required (not set: B)',
    ]);
  });

  it('is not read a second time in what it gave', () => {
    expect(substituteEnvironment(`\${A}`, { A: `\${B}`, B: 'no' })).to.equal(`\${B}`);
    expect(substituteEnvironment(`\${A}`, { A: '$&$1$$' })).to.equal('$&$1$$');
  });

  it(`leaves alone what only resembles \${NAME}, and everything that is no text`, () => {
    const tree = ['$A', `\${}`, `\${a b}`, `\${1A}`, '$ {A}', '{A}', `\${A`, 5, true, null];
    expect(substituteEnvironment(tree, { A: 'one' })).to.deep.equal(tree);
  });

  it('does not stand for names of settings', () => {
    const tree = Object.fromEntries([[`\${A}`, 1]]);
    expect(substituteEnvironment(tree, { A: 'issuer' })).to.deep.equal(tree);
  });

  it('is checked like anything else, and its value is not repeated in the problem', () => {
    const environment = { REDIS_URL: 'https://user:hunter2@redis.example' };
    expect(problemsOf(REDIS, environment)).to.deep.equal([
      'ledger.redis: must be a redis:// or rediss:// URL, unix:///path.sock, or an object with url, sentinels and name, or cluster',
    ]);
  });

  it('may give a number where a number is wanted', () => {
    const text = `ledger: { shards: "\${SHARDS}", timeoutMs: "\${MS}" }`;
    expect(parseSettings(text, { SHARDS: '7', MS: '250' }, 'x').ledger).to.include({
      shards: 7,
      timeoutMs: 250,
    });
    expect(problemsOf(text, { SHARDS: '7.5', MS: '1e3' })).to.deep.equal([
      'ledger.shards: must be a whole number',
      'ledger.timeoutMs: must be a whole number',
    ]);
  });

  it('overrides where to listen by HOST and PORT, and nothing else of it', () => {
    const text = 'listen: { host: 10.0.0.1, port: 1, proxyHops: 3 }';
    const listen = (environment: Record<string, string>) => parseSettings(text, environment, 'x').listen;
    expect(listen({ PORT: '8080' })).to.deep.equal({ host: '10.0.0.1', port: 8080, proxyHops: 3 });
    expect(listen({ HOST: '::' })).to.deep.equal({ host: '::', port: 1, proxyHops: 3 });
    expect(listen({ HOST: '0.0.0.0', PORT: '0' })).to.deep.equal({ host: '0.0.0.0', port: 0, proxyHops: 3 });
    expect(listen({ HOST: '', PORT: '' })).to.deep.equal({ host: '10.0.0.1', port: 1, proxyHops: 3 });
    expect(parseSettings('', { PORT: '8080' }, 'x').listen.port).to.equal(8080);
  });

  it('is told what is wrong with PORT', () => {
    expect(problemsOf('', { PORT: 'http' })).to.deep.equal(['listen.port: must be a whole number']);
    expect(problemsOf('', { PORT: '-1' })).to.deep.equal(['listen.port: must be a whole number']);
    expect(problemsOf('', { PORT: '65536' })).to.deep.equal(['listen.port: must be at most 65,535']);
  });

  it('hides no mistake of the file by PORT', () => {
    for (const text of ['[]', 'listen: 4100', 'listen: [1]']) {
      expect(problemsOf(text, { PORT: '1' }), text).to.have.lengthOf(1);
    }
  });
});
