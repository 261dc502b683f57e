import { expect } from 'chai';
import { readVariables } from '../../src/settings/environment.ts';
import { parseSettings, SettingsError } from '../../src/settings/parse.ts';
import { problemsOf } from './problems-of.ts';

const REDIS = `ledger: { redis: "\${REDIS_URL:-}" }`;
const URL_PROBLEM =
  'must be a redis:// or rediss:// URL, unix:///path.sock, or an object with url, sentinels and name, or cluster';
const unset = (name: string) =>
  `${name} is not set, or is empty: set it in the environment, or write \${${name}:-default}; \${${name}:-} leaves the setting out`;
const treeOf = (tree: unknown, environment: Record<string, string>) => readVariables(tree, environment).tree;

describe('the environment in a configuration', () => {
  it(`takes the place of \${NAME}, alone or inside a text, once or more often`, () => {
    const environment = { A: 'one', B_2: 'two', _: 'three' };
    const tree = { a: `\${A}`, b: [`x-\${A}-\${B_2}-\${A}`, `\${_}`], c: { d: `\${B_2}` } };
    expect(treeOf(tree, environment)).to.deep.equal({
      a: 'one',
      b: ['x-one-two-one', 'three'],
      c: { d: 'two' },
    });
  });

  it(`gives way to the default of \${NAME:-default} if the variable is not set, or is empty`, () => {
    const tree = {
      ...{ a: `\${NO:-x}`, b: `\${EMPTY:-redis://localhost:6379/0}`, c: `\${A:-x}` },
      d: [`\${NO:-}`, 'kept', `x\${EMPTY:-}`],
      e: { f: `\${NO:-}` },
      g: `\${NO:-}\${EMPTY:-}`,
    };
    expect(treeOf(tree, { A: 'one', EMPTY: '' })).to.deep.equal({
      ...{ a: 'x', b: 'redis://localhost:6379/0', c: 'one' },
      d: ['kept', 'x'],
      e: {},
    });
    expect(parseSettings(REDIS, {}, 'x').ledger).to.not.have.property('redis');
    const shards = parseSettings(`ledger: { shards: "\${SHARDS:-8}" }`, {}, 'x').ledger.shards;
    expect(shards).to.equal(8);
  });

  it(`is missed where \${NAME} is not set, by the path of the setting: required or not, and in a list`, () => {
    const purpose = { audience: `\${APP_URL}`, lifetime: `\${A}\${B}\${A}`, link: { then: `\${THEN}/x` } };
    const caller = { keySha256: [`\${FIRST}`, `\${SECOND}`] };
    const settings = {
      issuer: `\${PUBLIC_URL}`,
      ledger: { redis: `redis://\${USER}:\${PASS}@h` },
      purposes: { p: purpose },
      callers: { c: caller },
    };
    expect(problemsOf(settings, { A: '1', FIRST: '' })).to.deep.equal([
      `issuer: ${unset('PUBLIC_URL')}`,
      `ledger.redis: USER and PASS are not set, or are empty: set them in the environment, or write \${USER:-default}; \${USER:-} leaves the setting out`,
      `purposes.p.audience: ${unset('APP_URL')}`,
      `purposes.p.lifetime: ${unset('B')}`,
      `purposes.p.link.then: ${unset('THEN')}`,
      `callers.c.keySha256.0: ${unset('FIRST')}`,
      `callers.c.keySha256.0: ${unset('SECOND')}`,
    ]);
  });

  it('is missed together with every other problem, and its setting has no other', () => {
    const text = `issuer: "\${PUBLIC_URL}"\nisuer: 1\npurposes: { p: { audience: "\${APP_URL}", lifetime: 2h } }`;
    expect(problemsOf(text)).to.deep.equal([
      `issuer: ${unset('PUBLIC_URL')}`,
      `purposes.p.audience: ${unset('APP_URL')}`,
      'purposes.p.lifetime: must be 1s to 60m: for anything longer use a session',
      'isuer: is not known here (did you mean issuer?)',
    ]);
  });

  it('is named where a required setting was left out for it', () => {
    const purpose = { audience: `\${APP_URL:-}`, lifetime: '5m' };
    const caller = { keySha256: [`\${FIRST:-}`, `\${SECOND:-}`] };
    expect(problemsOf({ purposes: { p: purpose }, callers: { c: caller } })).to.deep.equal([
      'callers.c.keySha256: must have at least 1 item (not set: FIRST, SECOND)',
      'purposes.p.audience: is required (not set: APP_URL)',
    ]);
  });

  it('is not read a second time in what it gave', () => {
    expect(treeOf(`\${A}`, { A: `\${B}`, B: 'no' })).to.equal(`\${B}`);
    expect(treeOf(`\${A}`, { A: '$&$1$$' })).to.equal('$&$1$$');
  });

  it(`leaves alone what only resembles \${NAME}, and everything that is no text`, () => {
    const tree = ['$A', `\${}`, `\${a b}`, `\${1A}`, '$ {A}', '{A}', `\${A`, 5, true, null];
    expect(treeOf(tree, { A: 'one' })).to.deep.equal(tree);
  });

  it('refuses other forms that a shell has, which would be taken for plain text', () => {
    const problem = `has a reference that is not understood: write \${NAME}, \${NAME:-} or \${NAME:-default}`;
    for (const form of [
      `\${A-x}`,
      `\${A:?must}`,
      `\${A:=x}`,
      `\${A:+x}`,
      `\${A%x}`,
      `\${A#x}`,
      `\${A/x/y}`,
      `\${A:-\${B}}`,
    ]) {
      expect(problemsOf({ issuer: form }, { A: 'https://a', B: 'b' }), form).to.deep.equal([
        `issuer: ${problem}`,
      ]);
    }
  });

  it('does not stand for names of settings', () => {
    const tree = Object.fromEntries([[`\${A}`, 1]]);
    expect(treeOf(tree, { A: 'issuer' })).to.deep.equal(tree);
  });

  it('is named in a problem with what it gave, which is not repeated', () => {
    const environment = { REDIS_URL: 'https://user:hunter2@redis.example', KEY: 'hunter2' };
    expect(problemsOf(REDIS, environment)).to.deep.equal([`ledger.redis: ${URL_PROBLEM} (from REDIS_URL)`]);
    const caller = { keySha256: [`\${KEY}`, `\${KEY}`, `\${KEY}`] };
    expect(problemsOf({ callers: { c: caller } }, environment)[0]).to.equal(
      'callers.c.keySha256: must have at most 2 items (from KEY)',
    );
    expect(problemsOf({ callers: { c: { keySha256: [`\${KEY}`] } } }, environment)).to.deep.equal([
      'callers.c.keySha256.0: must be a SHA-256 in lower-case hex (from KEY)',
    ]);
  });

  it('may give a number where a number is wanted', () => {
    const text = `ledger: { shards: "\${SHARDS}", timeoutMs: "\${MS}" }`;
    expect(parseSettings(text, { SHARDS: '7', MS: '250' }, 'x').ledger).to.include({
      shards: 7,
      timeoutMs: 250,
    });
    expect(problemsOf(text, { SHARDS: '7.5', MS: '1e3' })).to.deep.equal([
      'ledger.shards: must be a whole number (from SHARDS)',
      'ledger.timeoutMs: must be a whole number (from MS)',
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

  it('is blamed for what is wrong with HOST and PORT, and the file is not', () => {
    const told = (environment: Record<string, string>, text = '') => {
      try {
        parseSettings(text, environment, '/etc/matchstick.yaml');
        return 'nothing';
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        return error.message;
      }
    };
    expect(told({ PORT: 'abc' })).to.equal(
      'The configuration has a problem:\n  PORT (environment): must be a whole number',
    );
    expect(told({ PORT: '-1' })).to.include('PORT (environment): must be a whole number');
    expect(told({ PORT: '70000' })).to.include('PORT (environment): must be at most 65,535');
    for (const host of ['two hosts', 'http://x', '127.0.0.1:4100', 'a/b']) {
      expect(told({ HOST: host }), host).to.equal(
        'The configuration has a problem:\n  HOST (environment): must be an IP address (IPv6 without brackets) or the name of a host',
      );
    }
    expect(told({ PORT: 'abc' }, 'isuer: x')).to.equal(
      '/etc/matchstick.yaml has 2 problems:\n  PORT (environment): must be a whole number\n  isuer: is not known here (did you mean issuer?)',
    );
    expect(told({}, 'listen: { port: abc, host: "a b" }')).to.equal(
      '/etc/matchstick.yaml has 2 problems:\n  listen.host: must be an IP address (IPv6 without brackets) or the name of a host\n  listen.port: must be a whole number',
    );
  });

  it('may name any host and any address', () => {
    for (const host of [
      'localhost',
      'matchstick',
      'a.b-c.example',
      '::',
      '::1',
      'fe80::1%eth0',
      '10.0.0.1',
    ]) {
      expect(parseSettings('', { HOST: host }, 'x').listen.host).to.equal(host);
    }
  });

  it('hides no mistake of the file by PORT', () => {
    for (const text of ['[]', 'listen: 4100', 'listen: [1]']) {
      expect(problemsOf(text, { PORT: '1' }), text).to.have.lengthOf(1);
    }
  });
});
