import { statSync } from 'node:fs';
import type { InputProblem } from '../errors.ts';
import type { Environment } from './environment.ts';
import { isLoopback, issuerOf } from './issuer.ts';
import type { Settings } from './parse.ts';
import { blaming, listenPath } from './sources.ts';

/** Throws a SettingsError for what no service may do in production unless its configuration says so. */
export function requireFitToServe(settings: Settings, environment: Environment): void {
  if (environment.NODE_ENV !== 'production') return;
  const { ledger, listen, callers, source } = settings;
  const problems: InputProblem[] = [];
  if (!ledger.redis && ledger.memory !== true) problems.push({ path: 'ledger', message: NO_REDIS });
  if (!isLoopback(listen.host) && callers.length === 0) {
    const path = listenPath('host', environment);
    problems.push({ path, message: `is ${listen.host}, ${NO_CALLERS}` });
  }
  if (problems.length > 0) throw blaming(source, problems);
}

const NO_REDIS =
  'is in memory, and NODE_ENV is production: a restart would make every token void, and each instance would have a ledger of its own. Set ledger.redis (REDIS_URL in the configuration that comes with Matchstick), or write ledger: { memory: true } if that is meant';
const NO_CALLERS =
  'which others can reach, and NODE_ENV is production: configure callers, because without them one generated key may do everything';

/** What works, and may not be what was meant: nothing is refused for it, the start says so. */
export function servingWarnings({
  issuer,
  listen,
  ledger,
  callers,
  purposes,
  source,
  writtenSecrets,
}: Settings): readonly InputProblem[] {
  const isReachable = !isLoopback(listen.host);
  const warnings: InputProblem[] = [];
  const warnIf = (isSo: boolean, path: string, message: string) => {
    if (isSo) warnings.push({ path, message });
  };
  warnIf(
    isReachable && callers.length === 0,
    'callers',
    `None is configured, so one generated key may do everything, and others can reach ${listen.host}. Configure callers, or listen on 127.0.0.1.`,
  );
  warnIf(
    isReachable && isLoopback(new URL(issuer).hostname),
    'issuer',
    `Links lead to ${issuer}, which only this machine reaches, but the service listens on ${listen.host}. Set issuer to the URL that others use.`,
  );
  warnIf(
    !isReachable && ledger.redis !== undefined && issuer === issuerOf(undefined, listen),
    'issuer',
    `It is ${issuer}, the address that this instance listens on. Instances that share a Redis refuse each other's tokens unless all have the same issuer: set it in each of them.`,
  );
  warnIf(
    !ledger.redis && ledger.memory !== true,
    'ledger',
    'The ledger is the memory of this process: its tokens are void when it ends.',
  );
  warnIf(
    writtenSecrets.length > 0 && mayAnyone(READ, source),
    source,
    `Every user of this machine can read this file, and ${writtenSecrets.join(' and ')} in it ${writtenSecrets.length === 1 ? 'is a secret' : 'are secrets'}. Run chmod o-r on it, or write \${NAME} for a variable that has the secret.`,
  );
  warnIf(
    mayAnyone(WRITE, source),
    source,
    'Every user of this machine can write this file, and so decide what the service does after its next start. Run chmod o-w on it.',
  );
  warnIf(purposes.size === 0, 'purposes', 'None is configured, so nothing can be minted.');
  return warnings;
}

const READ = 0o004;
const WRITE = 0o002;

/** Windows has no such bits: there, Node says of every file that anyone may read and write it. */
function mayAnyone(access: number, file: string): boolean {
  const found = process.platform === 'win32' ? undefined : statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & access) !== 0;
}
