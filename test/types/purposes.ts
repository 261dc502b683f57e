import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { definePurposes, type PurposeTypesOf } from '../../src/index.ts';

/** One purpose for everything that the types tell apart. Nothing in this folder is run: the compiler judges it. */
export const purposes = definePurposes({
  plain: { audience: 'app', lifetime: '15m' },
  many: { audience: ['billing', 'mailer'], lifetime: '60s' },
  withZod: {
    audience: 'app',
    lifetime: '5m',
    claims: z.strictObject({ key: z.string(), size: z.number().optional() }),
    sealed: ['key'],
  },
  withValibot: {
    audience: 'app',
    lifetime: '5m',
    claims: v.strictObject({ key: v.string() }),
  },
  withArktype: { audience: 'app', lifetime: '5m', claims: type({ key: 'string' }) },
  optionalClaims: {
    audience: 'app',
    lifetime: '5m',
    claims: z.strictObject({ note: z.string().optional() }),
  },
  transformed: {
    audience: 'app',
    lifetime: '5m',
    claims: z.strictObject({ pages: z.string().transform(Number) }),
  },
  bound: { audience: 'app', lifetime: '5m', bind: { session: 'required', key: 'optional' } },
  linked: { audience: 'app', lifetime: '5m', link: {} },
  coded: { audience: 'app', lifetime: '5m', link: { code: true, byDefault: false } },
  leading: { audience: 'app', lifetime: '5m', link: { then: 'https://app.example/{subject}' } },
  leadingTwice: {
    audience: 'app',
    lifetime: '5m',
    link: { then: ['https://a.example', 'https://b.example'] },
  },
  loose: { audience: 'app', lifetime: '5m', bind: { request: 'optional' } },
});

export type Purposes = PurposeTypesOf<typeof purposes>;

/** Compiles only when both are the very same type. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
