import type { Settings } from '../settings/parse.ts';
import { callerKeyFile } from './generated-caller.ts';
import type { Found } from './open-service.ts';

type WelcomeSettings = Pick<Settings, 'callers' | 'keys' | 'purposes'>;

/** What a person at a terminal reads when the service has started. The caller key itself is not shown. */
export function welcome(url: string, settings: WelcomeSettings, { ledger }: Found): string {
  const { purposes } = settings;
  const keyFile = callerKeyFile(settings);
  const lines = [`Matchstick listens on ${url}`, ledgerLine(ledger)];
  if (keyFile) {
    lines.push(`Callers: none is configured, so a key that may do everything was made: ${keyFile}`);
    lines.push('         For anything but trying it out, configure callers (config/matchstick.yaml).');
    const purpose = [...purposes.values()].find(
      ({ audiences, parseClaims }) => audiences.length === 1 && !parseClaims,
    );
    if (purpose) lines.push('', ...commands(url, keyFile, purpose.name));
  }
  return `${lines.join('\n')}\n`;
}

function ledgerLine(ledger: Found['ledger']): string {
  if (ledger.kind === 'memory') {
    return 'Ledger:  the memory of this process. Its tokens are void when it ends. Set REDIS_URL to use Redis.';
  }
  const { where, answers } = ledger;
  if (answers.ok && answers.frozen === undefined)
    return `Ledger:  ${where}, which answers. Every instance that uses it shares it.`;
  if (answers.ok) return `Ledger:  ${where}, which answers. ${answers.frozen}`;
  return `Ledger:  ${where}, which does not answer: ${answers.reason}. Until it does, calls that need it get 503.`;
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
