import { expect } from 'chai';
import { stringify } from 'yaml';
import { callerWarnings } from '../../src/settings/caller-warnings.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startService } from '../support/service.ts';

const NOW_MS = Date.UTC(2027, 0, 31);
const PURPOSES = {
  reset: { audience: 'app', lifetime: '15m' },
  call: { audience: ['billing', 'mailer'], lifetime: '60s' },
};

/** Each warning about one caller as `path: message`. */
function warningsOf(members: object): readonly string[] {
  const callers = { c: { keySha256: ['a'.repeat(64)], ...members } };
  const settings = parseSettings(stringify({ purposes: PURPOSES, callers }), {}, 'test.yaml');
  const warnings = callerWarnings(settings.callers, settings.purposes, NOW_MS);
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

describe('warnings about callers', () => {
  for (const [what, members, warnings] of [
    [
      'one that has expired',
      { mint: ['reset'], expires: '2027-01-31' },
      ['callers.c.expires: The keys of this caller are refused since 2027-01-31T00:00:00.000Z.'],
    ],
    [
      'one that has no rights',
      {},
      ['callers.c: This caller has no rights: give it mint, redeem or another.'],
    ],
    [
      'one whose lists are empty',
      { mint: [], inspect: [], revoke: [], s3: [] },
      ['callers.c: This caller has no rights: give it mint, redeem or another.'],
    ],
    [
      'one that is no audience of what it may redeem',
      { redeem: ['reset', 'call'], audience: ['mailer'] },
      ['callers.c.audience: The caller cannot redeem reset, which is for app.'],
    ],
    [
      'one that is an audience of nothing that it may redeem',
      { redeem: ['call'], audience: ['app'] },
      ['callers.c.audience: The caller cannot redeem call, which is for billing, mailer.'],
    ],
    [
      'one that has an audience, and may redeem nothing',
      { mint: ['call'], audience: ['billing'] },
      ['callers.c.audience: This has no effect, because the caller may redeem nothing.'],
    ],
  ] as const) {
    it(`are given of ${what}`, () => {
      expect(warningsOf(members)).to.deep.equal(warnings);
    });
  }

  for (const [what, members] of [
    ['one that expires later', { mint: ['reset'], expires: '2027-01-31T00:00:00.001Z' }],
    ['one that is disabled', { expires: '2026-01-01', audience: 'app', disabled: true }],
    ['an operator', { operator: 'view' }],
    ['one that may do a single thing', { inspect: ['call'] }],
    ['one that is an audience of each', { redeem: ['reset', 'call'], audience: ['app', 'billing'] }],
    ['one that names its audience in each request', { redeem: ['reset', 'call'] }],
  ] as const) {
    it(`are not given of ${what}`, () => {
      expect(warningsOf(members)).to.deep.equal([]);
    });
  }

  describe('at the start of a service', () => {
    const onClose = cleanupAfter(after);

    it('are in its log, and refuse nothing', async () => {
      const deployment = await makeDeployment(
        {},
        { idle: {}, gone: { inspect: true, expires: '2020-01-01' } },
      );
      onClose(deployment.close);
      const service = await startService(deployment);
      onClose(service.close);
      const lines = service.process.output().split('\n');
      const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      const found = entries.filter(({ event }) => event === 'setting.of-no-use');
      expect(found.map(({ setting }) => setting)).to.deep.equal(['callers.idle', 'callers.gone.expires']);
    });
  });
});
