import { type } from 'arktype';
import { expect } from 'chai';
import * as v from 'valibot';
import { z } from 'zod';
import { createMatchstick, MatchstickError, type PurposePolicy } from '../../src/index.ts';
import { expectBadInput } from '../contract/matchstick/expect-refusal.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER } from '../support/deployment.ts';

type Validator = NonNullable<PurposePolicy['claims']>;

const LIBRARIES: readonly (readonly [string, Validator])[] = [
  ['zod', z.strictObject({ key: z.string(), size: z.number().optional() })],
  ['valibot', v.strictObject({ key: v.string(), size: v.optional(v.number()) })],
  ['arktype', type({ '+': 'reject', key: 'string', 'size?': 'number' })],
];

describe('claims that a validator declares', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function open(claims: Validator) {
    const purposes = { file: { audience: 'app', lifetime: '5m', claims } } as const;
    const matchstick = await createMatchstick({ issuer: ISSUER, purposes });
    onTestEnd(matchstick.close);
    const mint = (given: object) => matchstick.mint('file', { subject: 'user-42', claims: given });
    return { mint, grant: async (given: object) => granted(await mint(given)) };

    async function granted({ token }: { readonly token: string }) {
      return (await matchstick.redeem(token, 'file')).claims;
    }
  }

  for (const [library, validator] of LIBRARIES) {
    it(`are let through and refused by ${library}, with the path of each problem`, async () => {
      const { mint, grant } = await open(validator);
      expect(await grant({ key: 'a', size: 1 })).to.deep.equal({ key: 'a', size: 1 });
      await expectBadInput(['claims.key'], mint({ key: 1 }));
      await expectBadInput(['claims.key', 'claims.size'], mint({ key: 1, size: 'large' }));
      await expectBadInput(['claims.kez'], mint({ key: 'a', kez: 1 }));
    });
  }

  it('name the near miss of an undeclared claim where the validator has a JSON Schema', async () => {
    const { mint } = await open(z.strictObject({ key: z.string() }));
    const error = await mint({ key: 'a', kez: 1 }).catch((thrown: unknown) => thrown);
    expect(error).to.have.property(
      'message',
      'claims.kez: is not declared by the purpose (did you mean key?).',
    );
  });

  it('are not quoted in a problem, whatever the validator says', async () => {
    const secret = 'correct-horse-battery';
    const validators: readonly Validator[] = [
      v.strictObject({ key: v.picklist(['a', 'b']) }),
      type({ '+': 'reject', key: "'a' | 'b'" }),
      z.strictObject({ key: z.enum(['a', 'b']) }),
      z.object({ key: z.string().refine(() => false, { error: ({ input }) => `is '${input}', not a` }) }),
    ];
    for (const validator of validators) {
      const { mint } = await open(validator);
      for (const claims of [{ key: secret }, { key: 'a', [`${secret} is no name`]: 1 }]) {
        const error: unknown = await mint(claims).catch((thrown: unknown) => thrown);
        if (!(error instanceof MatchstickError)) continue;
        expect(`${error.message} ${JSON.stringify(error.extras)}`).to.not.include(secret);
      }
    }
  });

  it('are signed and granted as the validator makes them', async () => {
    const { grant } = await open(
      z.object({ pages: z.string().transform(Number), format: z.string().default('pdf') }),
    );
    const claims = { pages: '12', unknown: 'left out by this validator' };
    expect(await grant(claims)).to.deep.equal({ pages: 12, format: 'pdf' });
  });

  it('may be made of what JSON does not know, but not into it', async () => {
    const until = new Date('2026-11-21T00:00:00Z');
    const texts = await open(z.object({ until: z.date().transform((date) => date.toISOString()) }));
    expect(await texts.grant({ until })).to.deep.equal({ until: until.toISOString() });
    for (const until of [new Date(), new Map([['a', 1]]), new URL(ISSUER), 1n, () => 1, Number.NaN]) {
      const anything = await open(z.object({ until: z.unknown() }));
      await expectBadInput(['claims'], anything.mint({ until }));
      await expectBadInput(['claims'], anything.mint({ until: { deep: [until] } }));
    }
  });

  it('leave out a member that is undefined, as JSON does', async () => {
    const { grant } = await open(z.object({ key: z.string(), size: z.number().optional() }));
    expect(await grant({ key: 'a', size: undefined })).to.deep.equal({ key: 'a' });
  });

  it('are refused when they end nowhere or are too large', async () => {
    const { mint } = await open(z.object({ key: z.unknown() }));
    const endless: Record<string, unknown> = {};
    endless.key = endless;
    await expectBadInput(['claims'], mint(endless));
    await expectBadInput(['claims'], mint({ key: 'a'.repeat(2000) }));
  });

  it('are not shown to the validator when no token could carry them', async () => {
    let asked = 0;
    const counting: Validator = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({ value: Object(value), asked: asked++ }),
      },
    };
    const { mint } = await open(counting);
    const long = 'é'.repeat(760);
    const error = await mint({ key: long, id: 7n }).catch((thrown: unknown) => thrown);
    expect(error).to.have.property(
      'message',
      'claims: must be at most 1,536 octets as JSON, not 1,539: no token can carry more.',
    );
    await expectBadInput(['claims'], mint({ key: 'a'.repeat(1_000_000) }));
    expect(asked).to.equal(0);
    await mint({ key: 'a' });
    expect(asked).to.equal(1);
  });

  it('are not read by a validator that answers later: that is a mistake in the program', async () => {
    const slow = z.object({ key: z.string().refine(async () => true) });
    const failing: Validator = {
      '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('later')) },
    };
    for (const validator of [slow, failing]) {
      const { mint } = await open(validator);
      const error = await mint({ key: 'a' }).catch((thrown: unknown) => thrown);
      expect(error).to.be.an.instanceOf(TypeError);
      expect(String(error)).to.include('asynchronous');
    }
  });

  it('tell what they are refused for by a path that repeats nothing secret', async () => {
    const { mint } = await open(z.strictObject({ map: z.record(z.string(), z.number()) }));
    const secret = 'secret words that are no name';
    const error = await mint({ map: { [secret]: 'x' } }).catch((thrown: unknown) => thrown);
    expect(error).to.have.nested.property('extras.errors[0].path', 'claims.map.(unnamed)');
  });
});
