import { expect } from 'chai';
import { createClient } from '../../src/client/index.ts';
import type { Matchstick } from '../../src/contract/matchstick.ts';
import { requireCapability } from '../../src/express/index.ts';

const REDEEM = createClient({ url: 'http://127.0.0.1:4100', key: `ms_main_${'k'.repeat(43)}` });

describe('the options of requireCapability', () => {
  const build = (options: Readonly<Record<string, unknown>>) => () =>
    requireCapability({ redeem: REDEEM, purpose: 'password-reset', ...options } as Parameters<
      typeof requireCapability
    >[0]);

  const WRONG: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ purpos: 'x' }, /no option "purpos" \(did you mean purpose\?\)/],
    [{ onrefusal: 'next' }, /did you mean onRefusal\?/],
    [{ unheardOf: true }, /no option "unheardOf"$/],
    [
      { redeem: undefined },
      /redeem: must be what createMatchstick or createClient gave; it has no redeem\(\)/,
    ],
    [{ redeem: REDEEM.redeem }, /redeem: must be what/],
    [{ redeem: { redeem: () => {} }, from: 'link' }, /it has no inspect\(\)/],
    [{ redeem: { redeem: () => {} }, mode: 'hold' }, /it has no commit\(\)/],
    [{ redeem: { redeem: () => {}, commit: () => {} }, mode: 'hold' }, /it has no release\(\)/],
    [{ purpose: '' }, /purpose: must be a text/],
    [{ purpose: ['password-reset'] }, /purpose: must be a text/],
    [{ audience: 7 }, /audience: must be a text/],
    [{ from: 'links' }, /from: must be 'authorization' or 'link' or a function \(did you mean link\?\)/],
    [{ from: null }, /from: must be/],
    [{ mode: 'holds' }, /mode: must be 'redeem' or 'hold' \(did you mean hold\?\)/],
    [{ onRefusal: 'throw' }, /onRefusal: must be 'problem' or 'next'/],
    [{ onFailure: 'log' }, /onFailure: must be a function/],
    [{ session: 'sid' }, /session: must be a function/],
    [{ hold: 60 }, /hold: goes with mode: 'hold'/],
    [{ mode: 'hold', hold: 0 }, /hold: must be whole seconds, 1 to 300/],
    [{ mode: 'hold', hold: 1.5 }, /hold: must be/],
    [{ mode: 'hold', hold: 301 }, /hold: must be/],
    [{ attempt: 'idempotency' }, /attempt: must be/],
    [{ attempt: 'idempotency-key', mode: 'hold' }, /attempt: must be 'drawn' with mode: 'hold'/],
    [{ origin: 'billing.example.com' }, /origin: must read like https:\/\/billing\.example\.com/],
    [{ origin: 'ftp://billing.example.com' }, /origin:/],
    [{ origin: 'https://user:pass@billing.example.com' }, /origin:/],
    [{ origin: 'https://billing.example.com/?x=1' }, /origin:/],
    [{ origin: 'https://billing.example.com/#x' }, /origin:/],
    [{ origin: 7 }, /origin:/],
  ];
  for (const [options, message] of WRONG) {
    it(`are refused when built: ${message.source}, for ${Object.keys(options).join(' and ')}`, () => {
      expect(build(options)).to.throw(TypeError, message);
      expect(build(options)).to.throw(/^requireCapability: /);
    });
  }

  it('need nothing but redeem and purpose', () => {
    expect(build({})).not.to.throw();
    expect(
      build({ origin: 'https://billing.example.com', audience: 'billing', mode: 'hold', hold: 300 }),
    ).not.to.throw();
    const bare = { redeem: () => {} } as unknown as Matchstick;
    expect(() => requireCapability({ redeem: bare, purpose: 'x' })).not.to.throw();
  });
});
