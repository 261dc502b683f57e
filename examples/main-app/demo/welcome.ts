import { DEMO_USERS } from '../users.ts';

export interface DemoFacts {
  readonly app: string;
  readonly service: string;
  readonly billing: string;
  /** Undefined: mails go elsewhere. */
  readonly mailbox: string | undefined;
  readonly redis: 'own' | 'given' | 'none';
  readonly hasStore: boolean;
}

const REDIS = {
  own: 'in a Redis of the demo',
  given: 'in the Redis of REDIS_URL',
  none: 'in memory: there is no redis-server on the PATH, and no REDIS_URL',
} as const;

/** What the person at the terminal reads when everything runs. */
export function welcome({ app, service, billing, mailbox, redis, hasStore }: DemoFacts): string {
  const users = DEMO_USERS.map(({ email, password }) => `                 ${email}  password: ${password}`);
  return `
The demo runs.

  Application    ${app}
${users.join('\n')}
  Mailbox        ${mailbox ?? 'none of the demo: mails go to SMTP_URL'}
  Billing        ${billing}, called by the application
  Matchstick     ${service}, with its ledger ${REDIS[redis]}
  S3             ${hasStore ? 'there, with two reports for each user' : 'none: nothing can be downloaded (examples/main-app/README.md)'}

Try this:
  1. ${app}/forgot for ${DEMO_USERS[0].email}. Open the link from the mailbox as often as you
     like: it is the button that uses it up. Try a weak password, then a good one, then the link again.
  2. Log in. ${hasStore ? `${app}/reports: download a report, then open its link again.` : 'Reports need an S3 server.'}
  3. ${app}/invoices: tick "Make the call twice".

Ctrl-C ends all of it.
`;
}
