import type { IncomingMessage } from 'node:http';
import type { Client } from '../../src/client/index.ts';
import { capabilityOf, requireCapability } from '../../src/express/index.ts';
import type { InProcessMatchstick, Matchstick } from '../../src/index.ts';
import type { Purposes } from './purposes.ts';

interface Opened {
  readonly matchstick: Matchstick<Purposes>;
  readonly client: Client<Purposes>;
  readonly inProcess: InProcessMatchstick<Purposes>;
}

export function fits({ matchstick, client, inProcess }: Opened, request: IncomingMessage): void {
  for (const redeem of [matchstick, client, inProcess]) {
    requireCapability({ redeem, purpose: 'plain' });
    requireCapability({ redeem, purpose: 'many', audience: 'mailer' });
  }
  const guard = requireCapability({ redeem: client, purpose: 'withZod' });
  capabilityOf(request, guard).claims.key satisfies string;
}

export function doesNot({ matchstick, client, inProcess }: Opened, request: IncomingMessage): void {
  // @ts-expect-error: there is no such purpose
  requireCapability({ redeem: matchstick, purpose: 'plian' });
  // @ts-expect-error: nor of a client
  requireCapability({ redeem: client, purpose: 'plian' });
  // @ts-expect-error: nor in process
  requireCapability({ redeem: inProcess, purpose: 'plian' });
  // @ts-expect-error: of several audiences it must say which it is
  requireCapability({ redeem: client, purpose: 'many' });
  // @ts-expect-error: another audience
  requireCapability({ redeem: client, purpose: 'many', audience: 'app' });
  const guard = requireCapability({ redeem: client, purpose: 'withZod' });
  // @ts-expect-error: a claim that is not declared
  capabilityOf(request, guard).claims.other;
}
