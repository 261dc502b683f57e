import type { Purposes } from '../token/purpose.ts';

export interface WelcomeFacts {
  readonly url: string;
  /** Undefined: the ledger is in memory. */
  readonly redisIsUsed: boolean;
  /** Where the generated caller key is; undefined when callers are configured. */
  readonly callerKeyFile: string | undefined;
  readonly purposes: Purposes;
}

/** What a person at a terminal reads when the service has started. The caller key itself is not shown. */
export function welcome({ url, redisIsUsed, callerKeyFile, purposes }: WelcomeFacts): string {
  const ledger = redisIsUsed
    ? 'Ledger:  Redis, shared by every instance that uses it.'
    : 'Ledger:  the memory of this process. Its tokens are void when it ends. Set REDIS_URL to use Redis.';
  const lines = [`Matchstick listens on ${url}`, ledger];
  if (callerKeyFile) {
    lines.push(`Callers: none is configured, so a key that may do everything was made: ${callerKeyFile}`);
    lines.push('         For anything but trying it out, configure callers (config/matchstick.yaml).');
    const purpose = [...purposes.values()].find(
      ({ audiences, parseClaims }) => audiences.length === 1 && !parseClaims,
    );
    if (purpose) lines.push('', ...commands(url, callerKeyFile, purpose.name));
  }
  return `${lines.join('\n')}\n`;
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
