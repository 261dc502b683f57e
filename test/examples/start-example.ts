import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../support/child.ts';

const EXAMPLE = new URL('../../examples/main-app/', import.meta.url);
const TSX = import.meta.resolve('tsx');

/** A file of the example, as a process. Of this environment's servers it only knows those that are given. */
export function startExample(file: string, env: NodeJS.ProcessEnv): Child {
  const {
    REDIS_URL: _redis,
    SMTP_URL: _smtp,
    S3_BUCKET: _bucket,
    BILLING_URL: _billing,
    ...rest
  } = process.env;
  return startChild(process.execPath, ['--import', TSX, fileURLToPath(new URL(file, EXAMPLE))], {
    env: { ...rest, ...env },
  });
}

/** Where the parts of a demo are, as it prints them. */
export interface Places {
  readonly app: string;
  readonly mailbox: string;
  readonly billing: string;
  readonly matchstick: string;
}

export async function placesOf(demo: Child): Promise<Places> {
  await demo.printed(/Ctrl-C ends all of it/);
  const place = (name: string) => {
    const [, url] = new RegExp(`^ +${name} +(http://[^\\s,]+)`, 'm').exec(demo.output()) ?? [];
    if (url === undefined) throw new Error(`the demo does not say where ${name} is:\n${demo.output()}`);
    return url;
  };
  return {
    app: place('Application'),
    mailbox: place('Mailbox'),
    billing: place('Billing'),
    matchstick: place('Matchstick'),
  };
}
