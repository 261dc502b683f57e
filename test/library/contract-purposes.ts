import { z } from 'zod';
import { definePurposes } from '../../src/index.ts';
import { APP, WELCOME } from '../contract/matchstick-purposes.ts';

/** `CONTRACT_PURPOSES`, declared in code. */
export const purposes = definePurposes({
  'password-reset': { audience: APP, lifetime: '15m' },
  'file-download': {
    audience: APP,
    lifetime: '5m',
    claims: z.strictObject({
      key: z.string(),
      filename: z.string().exactOptional(),
      tags: z.array(z.string()).exactOptional(),
    }),
  },
  'service-call': { audience: ['billing', 'mailer'], lifetime: '60s', bind: { request: 'optional' } },
  ticket: { audience: APP, lifetime: '15m', uses: 3 },
  latest: { audience: APP, lifetime: '15m', live: 1 },
  'in-session': { audience: APP, lifetime: '15m', bind: { session: 'required', key: 'optional' } },
  'confirm-mail': {
    audience: APP,
    lifetime: '15m',
    claims: z.strictObject({ email: z.string(), newsletter: z.boolean().exactOptional() }),
    sealed: ['email'],
  },
  invitation: { audience: APP, lifetime: '15m', link: { then: WELCOME, byDefault: false } },
  rationed: { audience: APP, lifetime: '15m', limit: { count: 3, per: '1h' } },
});
