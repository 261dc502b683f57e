import { z } from 'zod';
import { createClient } from '../../src/client/index.ts';
import type { Matchstick } from '../../src/contract/matchstick.ts';
import { createMatchstick } from '../../src/index.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startService } from '../support/service.ts';

export const APP = 'https://app.example.test';

const PURPOSES = {
  'password-reset': { audience: APP, lifetime: '15m' },
  'file-download': {
    audience: APP,
    lifetime: '5m',
    claims: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } },
  },
  ticket: { audience: APP, lifetime: '15m', uses: 3 },
  'service-call': {
    audience: ['billing', 'mailer'],
    lifetime: '60s',
    bind: { request: 'optional', key: 'optional' },
  },
  'in-session': { audience: APP, lifetime: '15m', bind: { session: 'required' } },
};

type Plain = { claims: undefined; audience: typeof APP; bind: object };

export type Purposes = {
  'password-reset': Plain;
  'file-download': { claims: { key: string }; audience: typeof APP; bind: object };
  ticket: Plain;
  'service-call': {
    claims: undefined;
    audience: 'billing' | 'mailer';
    bind: { request: 'optional'; key: 'optional' };
  };
  'in-session': { claims: undefined; audience: typeof APP; bind: { session: 'required' } };
};

export interface Opened {
  readonly matchstick: Matchstick<Purposes>;
  close(): Promise<void>;
}

/** What requireCapability is given in practice: the suite runs with each. */
const KINDS: Readonly<Record<string, () => Promise<Opened>>> = {
  'the library': async () => {
    const matchstick = await createMatchstick({
      issuer: 'https://cap.example.test',
      purposes: {
        'password-reset': { audience: APP, lifetime: '15m' },
        'file-download': { audience: APP, lifetime: '5m', claims: z.object({ key: z.string() }) },
        ticket: { audience: APP, lifetime: '15m', uses: 3 },
        'service-call': {
          audience: ['billing', 'mailer'],
          lifetime: '60s',
          bind: { request: 'optional', key: 'optional' },
        },
        'in-session': { audience: APP, lifetime: '15m', bind: { session: 'required' } },
      },
    });
    return { matchstick, close: matchstick.close };
  },
  'a client of a service': async () => {
    const names = Object.keys(PURPOSES);
    const rights = { mint: names, redeem: names, inspect: true, revoke: true };
    const deployment = await makeDeployment({ purposes: PURPOSES }, { main: rights });
    const service = await startService(deployment);
    const matchstick = createClient<Purposes>({ url: service.url, key: deployment.callerKeys.main ?? '' });
    return {
      matchstick,
      close: async () => {
        await service.close();
        await deployment.close();
      },
    };
  },
};

/** One suite for each kind, which it is given once it is open. */
export function withEachKind(suite: (matchstick: () => Matchstick<Purposes>) => void): void {
  for (const [name, open] of Object.entries(KINDS)) {
    describe(`with ${name}`, () => {
      let opened: Opened | undefined;
      before(async () => {
        opened = await open();
      });
      after(() => opened?.close());
      suite(() => {
        if (!opened) throw new Error('it was not opened');
        return opened.matchstick;
      });
    });
  }
}
