import type { Settings } from '../settings/parse.ts';
import { servingWarnings } from '../settings/serving.ts';
import { callerKeyFile } from './generated-caller.ts';
import type { Found } from './open-service.ts';

/** What a person at a terminal reads when the service has started. The caller key itself is not shown. */
export function welcome(url: string, settings: Settings, { ledger, keysAreNew }: Found): string {
  const { issuer, keys, purposes, source } = settings;
  const keyFile = callerKeyFile(settings);
  const lines = [
    `Matchstick listens on ${boundUrl(url, settings)}`,
    `Config:  ${source}`,
    `Keys:    ${keys.in === 'redis' ? 'in the Redis of the ledger' : keys.file}${keysAreNew ? ' (made now)' : ''}`,
    `Issuer:  ${issuer}`,
    ledgerLine(ledger),
    // The line of the ledger says that one.
    ...servingWarnings(settings)
      .filter(({ path }) => path !== 'ledger')
      .map(({ path, message }) => `Warning: ${path}: ${message}`),
  ];
  if (keyFile) {
    lines.push(`Callers: none is configured, so a key that may do everything was made: ${keyFile}`);
    lines.push(`         For anything but trying it out, configure callers (${source}).`);
    const purpose = [...purposes.values()].find(
      ({ audiences, parseClaims }) => audiences.length === 1 && !parseClaims,
    );
    if (purpose) lines.push('', ...commands(url, keyFile, purpose.name));
  }
  return `${lines.join('\n')}\n`;
}

/** The address that is bound, and how this machine reaches it if that is another. */
function boundUrl(url: string, { listen: { host } }: Settings): string {
  const { port } = new URL(url);
  const bound = `http://${host.includes(':') ? `[${host}]` : host}${port === '' ? '' : `:${port}`}`;
  return bound === url ? url : `${bound} (from here: ${url})`;
}

function ledgerLine(ledger: Found['ledger']): string {
  if (ledger.kind === 'memory') {
    return 'Ledger:  the memory of this process. Its tokens are void when it ends. To use Redis, set ledger.redis\n         (REDIS_URL, with the configuration that comes with Matchstick).';
  }
  const { where, answers } = ledger;
  if (answers.ok && answers.frozen === undefined)
    return `Ledger:  ${where}, which answers. Every instance that uses it shares it.`;
  if (answers.ok) return `Ledger:  ${where}, which answers. ${answers.frozen}`;
  if (answers.isThere)
    return `Ledger:  ${where}, which cannot hold the ledger now: ${answers.reason}. Until it can, calls that need it get 503.`;
  return `Ledger:  ${where}, which cannot be asked: ${answers.reason}. Until it can, calls that need it get 503.`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function commands(url: string, callerKeyFile: string, purpose: string): readonly string[] {
  const post = (path: string, body: string) =>
    `curl -s ${url}${path} -H "Authorization: Bearer $MATCHSTICK_KEY" -H "Content-Type: application/json" -d ${body}`;
  const token = `| sed 's/.*"token":"\\([^"]*\\)".*/\\1/'`;
  const mint = post('/v1/tokens', `'{"purpose":"${purpose}","subject":"user-42"}'`);
  const redeem = post('/v1/redemptions', `'{"purpose":"${purpose}","token":"'"$TOKEN"'"}'`);
  return [
    'Paste into another terminal. Mint a token:',
    '',
    `  export MATCHSTICK_KEY=$(cat ${shellQuoted(callerKeyFile)})`,
    `  TOKEN=$(${mint} ${token}); echo "$TOKEN"`,
    '',
    'Redeem it:',
    '',
    `  ${redeem}; echo`,
    '',
    'Redeem it again, and be refused:',
    '',
    `  ${redeem}; echo`,
  ];
}
