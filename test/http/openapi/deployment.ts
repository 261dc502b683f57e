export const APP = 'https://app.example.test';

/** A purpose of each kind that a document must tell. */
export const PURPOSES = {
  'password-reset': { audience: APP, lifetime: '15m' },
  'file-download': {
    audience: APP,
    lifetime: '5m',
    uses: 3,
    claims: {
      type: 'object',
      required: ['key'],
      properties: { key: { type: 'string' }, filename: { type: 'string' } },
    },
  },
  'service-call': { audience: ['billing', 'mailer'], lifetime: '60s', bind: { request: 'required' } },
  coded: {
    audience: APP,
    lifetime: '15m',
    bind: { session: 'optional' },
    link: { code: true, then: [`${APP}/then`, `${APP}/there`] },
  },
  invitation: {
    audience: APP,
    lifetime: '5m',
    claims: { type: 'object', properties: { email: { type: 'string' } } },
    sealed: ['email'],
  },
};
const ALL = Object.keys(PURPOSES);

export const CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true, operator: true },
};
