import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseSettings } from '../../src/settings.ts';

const shipped = readFileSync(new URL('../../config/matchstick.yaml', import.meta.url), 'utf8');

describe('the configuration that comes with the product', () => {
  it('parses with an empty environment, and runs on the memory of one process', () => {
    const settings = parseSettings(shipped, {}, 'matchstick.yaml');
    expect(settings.ledger.redis).to.equal(undefined);
    expect(settings.listen).to.deep.equal({ host: '127.0.0.1', port: 4100, proxyHops: 0 });
    expect(settings.callers).to.deep.equal([]);
    expect([...settings.purposes.keys()]).to.deep.equal(['password-reset', 'file-download', 'service-call']);
  });

  it('sets nothing that has no effect', () => {
    expect(parseSettings(shipped, {}, 'matchstick.yaml').notInEffect).to.deep.equal([]);
  });

  it('shows each setting with the default that it has', () => {
    const { issuer, listen, ledger, keys, clockToleranceSeconds } = parseSettings('', {}, 'empty.yaml');
    expect(parseSettings(shipped, {}, 'matchstick.yaml')).to.deep.include({
      issuer,
      listen,
      ledger,
      keys,
      clockToleranceSeconds,
    });
  });

  it('uses Redis when REDIS_URL is set, and only then', () => {
    const url = 'rediss://user:pass@redis.example:6380/1';
    expect(parseSettings(shipped, { REDIS_URL: url }, 'x').ledger.redis).to.deep.equal({ url });
    expect(parseSettings(shipped, { REDIS_URL: '' }, 'x').ledger.redis).to.equal(undefined);
  });

  it('parses with everything that it shows commented out put into effect', () => {
    const digest = '0123456789abcdef'.repeat(4);
    const example = /^# callers:\n(?:# {2,}.*\n)+/m.exec(shipped)?.[0] ?? '';
    expect(example).to.include('inspect: true');
    const uncommented = example.replaceAll(/^# /gm, '').replace('<64 hex characters>', digest);
    const settings = parseSettings(shipped.replace(example, uncommented), {}, 'x');
    expect(settings.callers).to.have.lengthOf(1);
    expect(settings.callers[0]).to.deep.include({ name: 'main-app', keySha256: [digest], inspect: true });
    expect([...(settings.callers[0]?.mint ?? [])]).to.deep.equal(['password-reset', 'file-download']);
    expect([...(settings.callers[0]?.redeem ?? [])]).to.deep.equal(['password-reset']);
  });

  it('declares claims that its check holds to', () => {
    const check = parseSettings(shipped, {}, 'x').purposes.get('file-download')?.checkClaims;
    expect(check?.({ key: 'reports/2026.pdf', filename: 'Report.pdf' })).to.deep.equal([]);
    for (const claims of [{}, { key: '' }, { key: 5 }, { key: 'k', other: 'x' }, { key: 'k'.repeat(513) }]) {
      expect(check?.(claims), JSON.stringify(claims)).to.have.lengthOf(1);
    }
  });
});
