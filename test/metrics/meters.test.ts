import { expect } from 'chai';
import { ERROR_CODES } from '../../src/errors.ts';
import type { MatchstickEvent } from '../../src/events/event.ts';
import { LIMIT_NAMES } from '../../src/limits/limit.ts';
import { EPOCH_REASONS } from '../../src/metrics/labels.ts';
import { type KeyAge, meters } from '../../src/metrics/meters.ts';
import { SOURCES } from '../../src/redis/scripts/sources.ts';
import { samplesOf, sumOf } from './page.ts';

const PURPOSES = ['password-reset', 'file-download'];

describe('what a process counts', () => {
  let nowMs = 1_000_000;
  let keys: readonly KeyAge[] = [];
  const open = () =>
    meters({
      build: { version: '1.2.3', node: '20.0.0' },
      purposes: PURPOSES,
      operations: ['burn', 'limit'],
      keys: () => keys,
      nowMs: () => nowMs,
    });

  const event = (rest: Partial<MatchstickEvent>): MatchstickEvent => ({
    v: 1,
    id: 'an-id',
    time: '2026-01-01T00:00:00.000Z',
    type: 'token.minted',
    outcome: 'ok',
    actor: { kind: 'caller', id: 'main' },
    instance: 'here',
    ...rest,
  });
  const token = { purpose: 'password-reset' };

  it('counts each event where it belongs, and nothing where it does not', async () => {
    const heard: readonly (readonly [Partial<MatchstickEvent>, name: string, labels: object])[] = [
      [{ type: 'token.minted', token }, 'tokens_minted', token],
      [{ type: 'token.redeemed', token }, 'redemptions', { ...token, outcome: 'redeemed' }],
      [{ type: 'token.held', token }, 'redemptions', { ...token, outcome: 'held' }],
      ...ERROR_CODES.map((code) => {
        const refused = { type: 'token.refused', outcome: 'refused', code, token } as const;
        return [refused, 'redemptions', { ...token, outcome: code }] as const;
      }),
      [{ type: 'link.opened', token }, 'links_opened', token],
      ...EPOCH_REASONS.map(
        (reason) => [{ type: 'epoch.began', code: reason }, 'ledger_epochs', { reason }] as const,
      ),
    ];
    for (const [happened, name, labels] of heard) {
      const { hear, page } = open();
      const before = await page();
      hear(event(happened));
      const after = await page();
      const grown = countedLines(after).filter((line) => !countedLines(before).includes(line));
      expect(grown, JSON.stringify(happened)).to.have.lengthOf(1);
      expect(sumOf(after, `matchstick_${name}_total`, { ...labels })).to.equal(1);
    }
    for (const type of ['token.committed', 'token.collected', 'caller.refused', 'service.started'] as const) {
      const { hear, page } = open();
      const before = countedLines(await page());
      hear(event({ type, token }));
      expect(countedLines(await page()), type).to.deep.equal(before);
    }
  });

  it('counts a second use beside the refusal that it is', async () => {
    const { hear, page } = open();
    hear(event({ type: 'token.refused', outcome: 'refused', code: 'token_burned', token, secondUse: true }));
    const text = await page();
    expect(sumOf(text, 'matchstick_second_uses_total', token)).to.equal(1);
    expect(sumOf(text, 'matchstick_redemptions_total', { ...token, outcome: 'token_burned' })).to.equal(1);
  });

  it('begins with a 0 for each configured purpose, outcome, limit and reason, so that the first one is an increase', async () => {
    const samples = samplesOf(await open().page());
    const zero = (name: string, labels: object) =>
      samples.filter((each) => each.name === name && JSON.stringify(each.labels) === JSON.stringify(labels));
    const expected: readonly (readonly [name: string, labels: object])[] = [
      ...PURPOSES.flatMap((purpose) => [
        ['matchstick_tokens_minted_total', { purpose }] as const,
        ['matchstick_second_uses_total', { purpose }] as const,
        ['matchstick_links_opened_total', { purpose }] as const,
        ['matchstick_redemptions_total', { purpose, outcome: 'redeemed' }] as const,
        ['matchstick_redemptions_total', { purpose, outcome: 'token_burned' }] as const,
        ['matchstick_redemptions_total', { purpose, outcome: 'ledger_unavailable' }] as const,
      ]),
      ...LIMIT_NAMES.map((limit) => ['matchstick_rate_limited_total', { limit }] as const),
      ...EPOCH_REASONS.map((reason) => ['matchstick_ledger_epochs_total', { reason }] as const),
      ['matchstick_events_dropped_total', {}],
    ];
    for (const [name, labels] of expected) {
      expect(
        zero(name, labels).map(({ value }) => value),
        `${name} ${JSON.stringify(labels)}`,
      ).to.deep.equal([0]);
    }
  });

  it('knows every reason that a script or this process gives an epoch', () => {
    const given = Object.values(SOURCES).flatMap((source) => [
      ...source.matchAll(
        /(?:\.broken = |start_epoch\(ledger, |reason = not newest and |>= largest and )'([a-z-]+)'/g,
      ),
    ]);
    expect(given.length).to.be.greaterThan(6);
    expect(EPOCH_REASONS).to.include.members(given.map(([, reason]) => reason));
  });

  it('makes no series of names that nobody configured, however many come', async () => {
    const { hear, limited, observeLedger, observeRequest, page } = open();
    const flood = (name: string) => {
      const code = name;
      for (const type of [
        'token.minted',
        'token.redeemed',
        'token.refused',
        'link.opened',
        'epoch.began',
      ] as const)
        hear(event({ type, code, token: { purpose: name, kid: name, jti: name }, secondUse: true }));
      limited(JSON.parse(JSON.stringify(name)));
      observeLedger(name, 'ok', 0.001);
      observeRequest({ method: name, route: '(none)', status: '404', seconds: 0.001 });
    };
    flood('made-up');
    const seriesIn = (text: string) => samplesOf(text).filter(({ name }) => name.startsWith('matchstick_'));
    const count = seriesIn(await page()).length;
    for (let made = 0; made < 5000; made++) flood(`made-up-${made}`);
    flood('__proto__');
    flood('"} 1\nmatchstick_build_info{version="forged');
    const text = await page();
    expect(seriesIn(text)).to.have.lengthOf(count);
    expect(text).to.not.include('made-up').and.not.include('forged');
    expect(sumOf(text, 'matchstick_tokens_minted_total', { purpose: '(other)' })).to.equal(5003);
    expect(sumOf(text, 'matchstick_redemptions_total', { outcome: '(other)' })).to.equal(5003);
    expect(sumOf(text, 'matchstick_rate_limited_total', { limit: '(other)' })).to.equal(5003);
  });

  it('has a purpose (none) for a token of which nothing is known, and no label without a value', async () => {
    const { hear, page } = open();
    hear(event({ type: 'token.refused', outcome: 'refused', code: 'token_invalid' }));
    hear(event({ type: 'epoch.began' }));
    const text = await page();
    expect(
      sumOf(text, 'matchstick_redemptions_total', { purpose: '(none)', outcome: 'token_invalid' }),
    ).to.equal(1);
    expect(sumOf(text, 'matchstick_ledger_epochs_total', { reason: '(none)' })).to.equal(1);
    expect(text).to.not.include('undefined');
  });

  it('measures requests and the ledger in the buckets that docs/metrics.md names', async () => {
    const { observeLedger, observeRequest, page } = open();
    observeRequest({ method: 'POST', route: '/v1/redemptions', status: '200', seconds: 0.004 });
    observeLedger('burn', 'unavailable', 0.0004);
    const text = await page();
    const buckets = (name: string) =>
      samplesOf(text)
        .filter((sample) => sample.name === `${name}_bucket`)
        .map(({ labels, value }) => [labels.le, value]);
    expect(buckets('matchstick_http_request_duration_seconds')).to.deep.equal([
      ...['0.001', '0.0025'].map((le) => [le, 0]),
      ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf'].map((le) => [le, 1]),
    ]);
    expect(buckets('matchstick_ledger_operation_duration_seconds')).to.deep.equal(
      ['0.0005', '0.001', '0.0025', '0.005', '0.01', '0.05', '0.1', '0.5', '1', '+Inf'].map((le) => [le, 1]),
    );
  });

  it('tells how long each key has been in its state, and forgets keys that are gone', async () => {
    const { page } = open();
    keys = [
      { kid: 'one', state: 'signing', sinceMs: nowMs - 90_000 },
      { kid: 'two', state: 'next', sinceMs: nowMs },
    ];
    const age = async (labels: Readonly<Record<string, string>>) =>
      sumOf(await page(), 'matchstick_key_age_seconds', labels);
    expect(await age({ kid: 'one', state: 'signing' })).to.equal(90);
    expect(await age({ kid: 'two', state: 'next' })).to.equal(0);
    nowMs += 10_000;
    keys = keys.slice(1);
    expect(await age({ kid: 'two' })).to.equal(10);
    expect(await age({ kid: 'one' })).to.equal(0);
  });

  it('says which version it is, on which Node, and how the process does', async () => {
    const { dropped, page } = open();
    dropped(3);
    const text = await page();
    expect(sumOf(text, 'matchstick_build_info', { version: '1.2.3', node: '20.0.0' })).to.equal(1);
    expect(sumOf(text, 'matchstick_events_dropped_total')).to.equal(3);
    expect(sumOf(text, 'process_resident_memory_bytes')).to.be.greaterThan(1e6);
  });
});

/** What Matchstick counts: what Node counts of the process grows by itself. */
function countedLines(page: string): readonly string[] {
  return page.split('\n').filter((line) => /^matchstick_\w+_total/.test(line));
}
