import { expect } from 'chai';
import type { Request } from 'express';
import { z } from 'zod';
import { createClient } from '../../src/client/index.ts';
import { capabilityOf, requireCapability } from '../../src/express/index.ts';
import { createMatchstick } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { runApp } from './run-app.ts';

const KEY = `ms_main_${'k'.repeat(43)}`;

/** The compiler holds what is here; `tsc` fails where one of these is no error. */
describe('the types of a capability', () => {
  const onClose = cleanupAfter(after);

  it('are those of its purpose: names, audiences, claims, and the params of the route', async () => {
    const matchstick = await createMatchstick({
      issuer: 'https://cap.example.test',
      purposes: {
        download: {
          audience: ['web', 'app'],
          lifetime: '5m',
          claims: z.object({ file: z.string(), part: z.number().default(1) }),
        },
        reset: { audience: 'web', lifetime: '5m' },
      },
    });
    onClose(matchstick.close);
    const download = requireCapability({ redeem: matchstick, purpose: 'download', audience: 'app' });
    const typed = (request: Request) => {
      // @ts-expect-error: no such purpose
      requireCapability({ redeem: matchstick, purpose: 'upload' });
      // @ts-expect-error: not its audience
      requireCapability({ redeem: matchstick, purpose: 'reset', audience: 'app' });
      // @ts-expect-error: no such claim
      capabilityOf(request, download).claims.folder;
      // @ts-expect-error: of an unknown purpose, nothing is known
      capabilityOf(request).claims.file;
    };
    expect(typed).to.be.a('function');

    const app = await runApp(onClose, (routes) =>
      routes.get('/:folder', download, (request, response) => {
        const { file, part } = capabilityOf(request, download).claims;
        const whole: string = request.params.folder + file;
        response.send(whole.repeat(part));
      }),
    );
    const claims = { file: '/a' };
    const { token } = await matchstick.mint('download', { subject: 'user-42', audience: 'app', claims });
    const response = await fetch(`${app.url}/x`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await response.text()).to.equal('x/a');
  });

  it('are open for a service whose purposes are not known to the compiler', () => {
    const url = 'http://127.0.0.1:4100';
    const charge = requireCapability({
      redeem: createClient({ url, key: KEY }),
      purpose: 'charge',
      audience: 'billing',
    });
    const claimed = (request: Request): object => capabilityOf(request, charge).claims;
    expect(claimed).to.be.a('function');
  });
});
