import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../support/child.ts';
import { SOAKS } from '../support/soak.ts';
import { bundledExample } from './bundle.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const TSX = import.meta.resolve('tsx');

/**
 * The arguments with which Node runs a program of `examples/`: bundled, or as it stands, which takes longer. All stand as they
 * are when it soaks.
 */
export async function argumentsFor(path: string, asItStands = false): Promise<readonly string[]> {
  if (asItStands || SOAKS) return ['--import', TSX, fileURLToPath(new URL(path, EXAMPLES))];
  return [await bundledExample(path)];
}

/** A file of the main application, as a process. Of this environment's servers it only knows those that are given. */
export async function startExample(file: string, env: NodeJS.ProcessEnv, asItStands = false): Promise<Child> {
  const {
    REDIS_URL: _redis,
    SMTP_URL: _smtp,
    S3_BUCKET: _bucket,
    BILLING_URL: _billing,
    ...rest
  } = process.env;
  return startChild(process.execPath, await argumentsFor(`main-app/${file}`, asItStands), {
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
