import { type } from 'arktype';
import { expect } from 'chai';
import * as v from 'valibot';
import { z } from 'zod';
import { definePurposes, type PurposePolicies } from '../../src/index.ts';
import { problemsOf } from './problems-of.ts';

/** As code without types may have it. */
function define(policy: object, name = 'p') {
  const purposes: PurposePolicies = { [name]: { audience: 'app', lifetime: '15m', ...policy } };
  return problemsOf(() => definePurposes<PurposePolicies>(purposes));
}

describe('definePurposes', () => {
  it('gives back what it was given, to be handed on', () => {
    const purposes = { p: { audience: 'app', lifetime: '15m' } } as const;
    expect(definePurposes(purposes)).to.equal(purposes);
  });

  it('takes the validators of zod, valibot and arktype', async () => {
    for (const claims of [
      z.strictObject({ key: z.string() }),
      v.strictObject({ key: v.string() }),
      type({ key: 'string' }),
    ]) {
      expect(await define({ claims, sealed: ['key'] })).to.deep.equal([]);
    }
  });

  for (const [what, policy, problem] of [
    ['a life above 60 minutes', { lifetime: '61m' }, /^purposes\.p\.lifetime: .*use a session$/],
    [
      'a life without a unit',
      { lifetime: '15' },
      /^purposes\.p\.lifetime: must be a whole number with a unit .*, such as 15m$/,
    ],
    ['no audience', { audience: [] }, /^purposes\.p\.audience: /],
    ['101 uses', { uses: 101 }, /^purposes\.p\.uses: /],
    ['a misspelled setting', { audiense: 'app' }, /^purposes\.p\.audiense: .*did you mean audience/],
    ['a limit of none', { limit: { count: 0, per: '1h' } }, /^purposes\.p\.limit\.count: must be at least 1/],
    [
      'claims that are no validator',
      { claims: { type: 'object' } },
      /^purposes\.p\.claims: must be a Standard/,
    ],
    ['an unknown binding', { bind: { address: 'required' } }, /^purposes\.p\.bind\.address: /],
    ['a link to a place without https or http', { link: { then: 'ftp://x' } }, /^purposes\.p\.link\.then: /],
    ['the text of a page, which the service shows', { link: { text: {} } }, /^purposes\.p\.link\.text: /],
    [
      'sealed claims of a purpose without claims',
      { sealed: ['key'] },
      /^purposes\.p\.sealed: no claim is named key/,
    ],
    [
      'a misspelled sealed claim, which would travel open',
      { claims: z.strictObject({ email: z.string() }), sealed: ['emal'] },
      /^purposes\.p\.sealed: no claim is named emal \(did you mean email\?\)$/,
    ],
  ] as const) {
    it(`refuses ${what}, by path`, async () => {
      const problems = await define(policy);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });
  }

  it('refuses a name that is none, and lists everything at once', async () => {
    expect((await define({}, 'Not A Name'))[0]).to.match(/must be 1 to 32 of a-z/);
    const both = await define({ lifetime: '2h', uses: 0 });
    expect(both).to.have.length(2);
  });
});
