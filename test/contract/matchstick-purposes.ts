/** The deployment that the contract of `Matchstick` is run on, as a configuration and as types. */

export const APP = 'https://app.example.test';
export const WELCOME = `${APP}/welcome`;

/** `purposes` of a configuration file. */
export const CONTRACT_PURPOSES = {
  'password-reset': { audience: APP, lifetime: '15m' },
  'file-download': {
    audience: APP,
    lifetime: '5m',
    claims: {
      type: 'object',
      required: ['key'],
      properties: {
        key: { type: 'string' },
        filename: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
      },
    },
  },
  'service-call': { audience: ['billing', 'mailer'], lifetime: '60s', bind: { request: 'optional' } },
  ticket: { audience: APP, lifetime: '15m', uses: 3 },
  latest: { audience: APP, lifetime: '15m', live: 1 },
  'in-session': { audience: APP, lifetime: '15m', bind: { session: 'required', key: 'optional' } },
  'confirm-mail': {
    audience: APP,
    lifetime: '15m',
    claims: {
      type: 'object',
      required: ['email'],
      properties: { email: { type: 'string' }, newsletter: { type: 'boolean' } },
    },
    sealed: ['email'],
  },
  invitation: { audience: APP, lifetime: '15m', link: { then: WELCOME, byDefault: false } },
  rationed: { audience: APP, lifetime: '15m', limit: { count: 3, per: '1h' } },
} as const;

const ALL = Object.keys(CONTRACT_PURPOSES);

/** `callers` of the same file: both may do everything. `main` is the one that the contract is run as. */
export const CONTRACT_CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
  other: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
};

type NoClaims = { readonly claims: undefined; readonly audience: typeof APP; readonly bind: object };

/** The same as `PurposeMap`. */
export type ContractPurposes = {
  'password-reset': NoClaims;
  'file-download': {
    claims: { key: string; filename?: string; tags?: string[] };
    audience: typeof APP;
    bind: object;
  };
  'service-call': { claims: undefined; audience: 'billing' | 'mailer'; bind: { request: 'optional' } };
  ticket: NoClaims;
  latest: NoClaims;
  'in-session': {
    claims: undefined;
    audience: typeof APP;
    bind: { session: 'required'; key: 'optional' };
  };
  'confirm-mail': {
    claims: { email: string; newsletter?: boolean };
    audience: typeof APP;
    bind: object;
  };
  invitation: NoClaims;
  rationed: NoClaims;
};
