import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { parseSettings } from '../../src/settings/parse.ts';

const shipped = readFileSync(new URL('../../config/matchstick.yaml', import.meta.url), 'utf8');

describe('the configuration that comes with the product', () => {
  it('parses with an empty environment, and runs on the memory of one process', () => {
    const settings = parseSettings(shipped, {}, 'matchstick.yaml');
    expect(settings.ledger.redis).to.equal(undefined);
    expect(settings.listen).to.deep.equal({ host: '127.0.0.1', port: 4100, proxyHops: 0 });
    expect(settings.callers).to.deep.equal([]);
    expect(settings.issuer).to.equal('http://127.0.0.1:4100');
    expect(settings.keys.file).to.equal(resolve('data/keys.json'));
    expect([...settings.purposes.keys()]).to.deep.equal(['password-reset', 'file-download', 'service-call']);
  });

  it('shows each setting with the default that it has', () => {
    const { issuer, listen, ledger, keys, events, clockToleranceSeconds, pages } = parseSettings(
      '',
      {},
      'empty.yaml',
    );
    expect(parseSettings(shipped, {}, 'matchstick.yaml')).to.deep.include({
      issuer,
      listen,
      ledger,
      keys,
      events,
      clockToleranceSeconds,
      pages,
    });
  });

  it('limits strangers, which nothing does by default but for codes', () => {
    const code = { count: 10, perSeconds: 3600 };
    const { quotas } = parseSettings(shipped, {}, 'matchstick.yaml');
    const perAddress = { count: 60, perSeconds: 60 };
    expect(quotas).to.deep.equal({ link: perAddress, code, caller: perAddress });
    expect(parseSettings('', {}, 'empty.yaml').quotas).to.deep.equal({ code });
    const limited = shipped.replace('    # limit: { count: 5, per: 1h }', '    limit: { count: 5, per: 1h }');
    const { purposes } = parseSettings(limited, {}, 'matchstick.yaml');
    expect(purposes.get('password-reset')?.limit).to.deep.equal({ count: 5, perSeconds: 3600 });
  });

  it('uses Redis when REDIS_URL is set, and only then', () => {
    const url = 'rediss://user:pass@redis.example:6380/1';
    expect(parseSettings(shipped, { REDIS_URL: url }, 'x').ledger.redis).to.deep.equal({ url });
    expect(parseSettings(shipped, { REDIS_URL: '' }, 'x').ledger.redis).to.equal(undefined);
  });

  it('parses with everything that it shows commented out put into effect', () => {
    const digest = '0123456789abcdef'.repeat(4);
    const blocks = [
      /^# callers:\n(?:# {2,}.*\n)+/m,
      /^ {4}# opens:\n(?: {4}# {2,}.*\n)+/m,
      /^# stores:\n(?:# {2,}.*\n)+/m,
    ];
    const effective = blocks.reduce(
      (text, block) => {
        const example = block.exec(text)?.[0] ?? '';
        expect(example, String(block)).to.not.equal('');
        return text.replace(example, example.replaceAll(/^( *)# /gm, '$1'));
      },
      shipped
        .replace('<64 hex characters>', digest)
        .replace('<64 other hex characters>', digest.replaceAll('0', 'f')),
    );
    const { callers, stores, opens } = parseSettings(effective, {}, 'x');
    expect(callers).to.have.lengthOf(2);
    expect(callers[0]).to.deep.include({ name: 'main-app', keySha256: [digest], inspect: true });
    expect(callers[0]?.mint).to.deep.equal(new Set(['password-reset', 'file-download']));
    expect(callers[0]?.redeem).to.deep.equal(new Set(['password-reset']));
    expect(callers[0]?.s3).to.deep.equal(new Set(['reports']));
    expect(callers[0]?.limit).to.deep.equal({ count: 1000, perSeconds: 60 });
    expect(callers[1]).to.deep.include({
      ...{ name: 'billing', audiences: new Set(['billing']), inspect: new Set(['service-call']) },
      expiresAtMs: Date.UTC(2027, 0, 31),
    });
    expect(callers[1]).to.not.have.property('isDisabled');
    expect(stores.get('reports')).to.deep.include({
      bucket: 'acme-reports',
      prefix: 'tenants/',
      maxExpiresInSeconds: 900,
    });
    expect(opens.get('file-download')).to.deep.include({
      store: 'reports',
      operation: 'get',
      expiresInSeconds: 60,
    });
  });

  it('parses with the pages and the link that it shows commented out put into effect', () => {
    const lines = shipped
      .replace('    link: {} # a person can open its tokens; or, in more words:\n', '')
      .replace(/^ {4}# link:\n(?: {4}# {3}.*\n)+/m, (example) => example.replaceAll(/^ {4}# /gm, '    '))
      .replaceAll(/^ {2}# (name|logo): /gm, '  $1: ');
    const settings = parseSettings(lines, {}, 'x');
    expect(settings.pages).to.include({ name: 'Acme', color: '#1f5fd1', language: 'en' });
    expect(settings.logoFile).to.equal(resolve('logo.svg'));
    expect(settings.purposes.get('password-reset')?.link).to.deep.equal({
      then: [{ text: 'https://app.example.com/reset', parts: ['https://app.example.com/reset'] }],
      asksCode: false,
      byDefault: true,
    });
    expect(settings.pages.purposes.get('password-reset')?.get('de')).to.deep.equal({
      title: 'Passwort zurücksetzen',
      text: 'Danach wählen Sie ein neues.',
      button: 'Weiter',
    });
  });

  it('parses with the bindings and sealed claims that it shows commented out put into effect', () => {
    const lines = shipped
      .replace(/^ {6}# session: /m, '      session: ')
      .replace(/^ {4}# sealed: /m, '    sealed: ');
    const { purposes } = parseSettings(lines, {}, 'x');
    const bind = { request: 'optional', key: 'optional', session: 'optional' };
    expect(purposes.get('service-call')?.bind).to.deep.equal(bind);
    expect([...(purposes.get('file-download')?.sealed ?? [])]).to.deep.equal(['filename']);
  });

  it('has links for what a person opens, and none for what services call', () => {
    const { purposes } = parseSettings(shipped, {}, 'x');
    const link = { asksCode: false, byDefault: true };
    expect(purposes.get('password-reset')?.link).to.deep.equal(link);
    expect(purposes.get('file-download')?.link).to.deep.equal(link);
    expect(purposes.get('service-call')?.link).to.equal(undefined);
  });

  it('declares claims that its check holds to', () => {
    const parse = parseSettings(shipped, {}, 'x').purposes.get('file-download')?.parseClaims;
    const fitting = { key: 'reports/2026.pdf', filename: 'Report.pdf' };
    expect(parse?.(fitting)).to.deep.equal({ ok: true, claims: fitting });
    for (const claims of [{}, { key: '' }, { key: 5 }, { key: 'k', other: 'x' }, { key: 'k'.repeat(513) }]) {
      expect(parse?.(claims), JSON.stringify(claims)).to.have.property('problems').with.lengthOf(1);
    }
  });
});
