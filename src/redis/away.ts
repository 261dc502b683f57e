import { replyIn } from './error-reply.ts';

/** Why Redis cannot be asked, for people. */
export interface Away {
  /** A clause about "it", such as "it refuses the password", or what the system said. Nothing secret is in it. */
  readonly reason: string;
  /** Whether no waiting will change it: somebody must change the settings, or the server. */
  readonly isLasting: boolean;
}

/** A server, or a user of it, that can never hold the ledger as things are. The message says what to do. */
export class WrongServerError extends Error {
  override readonly name: string = 'WrongServerError';
}

/** What kept a question waiting until it was too late: `Away` as an error. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
  readonly isLasting: boolean;
  constructor({ reason, isLasting }: Away, cause: unknown) {
    super(reason, { cause });
    this.isLasting = isLasting;
  }
}

/** A Sentinel that cannot be asked. */
export class SentinelError extends Error {
  override readonly name = 'SentinelError';
  constructor(address: string, cause: unknown) {
    super(address, { cause });
  }
}

/** A connection was made, and ended before anything was answered. */
export class ClosedEarlyError extends Error {
  override readonly name = 'ClosedEarlyError';
}

/** What ioredis says when the reason was told before, or is told by somebody else. */
const SAYS_NOTHING =
  /^(Connection is closed|None of startup nodes is available|Failed to refresh slots cache|Stream isn't writeable|Cluster isn't ready|Cluster is dis|Connection is (discarded|aborted)|Redis is already|Command (timed out|aborted)|timeout$|Node is disconnected|Reached the max retries)/;

const UNTRUSTED = new Set([
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED'],
]);

/** Ends when the server, or the clock here, is set right. */
const OUT_OF_DATE: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired: renew it there, or set the clock of this machine right'],
  ['CERT_NOT_YET_VALID', 'is not valid yet: set the clock of this machine right, or that where it was made'],
]);

/** TLS alerts of the server, and what Node.js calls an answer that is not TLS. */
const BY_CODE: readonly (readonly [RegExp, string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|^EPROTO$/,
    'does not speak TLS there: use redis:// or leave tls out',
  ],
  [/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/, 'requires a client certificate: set tls.cert and tls.key'],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED))/,
    'does not accept the certificate in tls.cert',
  ],
];

const BY_REPLY: readonly (readonly [RegExp, string])[] = [
  [/^WRONGPASS /, 'refuses the user name or the password (WRONGPASS)'],
  [/^NOAUTH /, 'requires a password (NOAUTH): set ledger.redis.password or passwordFile'],
  [/cluster support disabled/, 'is not a Redis Cluster: set ledger.redis to its URL, not to {cluster}'],
];

/** The connection is left then, because a new one may lead to the master. */
const NO_MASTER = 'it is a replica, which takes no writes (READONLY)';

export const NO_ANSWER = 'it does not answer';
/** TLS that is spoken to a server without it is waited for in vain. */
export const NO_TLS_ANSWER = `${NO_ANSWER} (if it speaks no TLS there, use redis:// or leave tls out)`;

/** TLS begins an alert, which answers what is not TLS, with this octet. */
const TLS_ALERT = 'Unknown RESP type 21';

/** Undefined: the error says only that there is none to ask, not why. */
export function awayFor(error: unknown): Away | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SentinelError) {
    const away = awayFor(error.cause);
    return away && { ...away, reason: `the Sentinel at ${error.message}: ${ofSentinels(away.reason)}` };
  }
  // A connection that was reset has told more itself.
  if ('lastNodeError' in error)
    return isReset(error.lastNodeError) ? undefined : awayFor(error.lastNodeError);
  if (error.message.startsWith('All sentinels are unreachable')) return awayBySentinels(error.message);
  if (error instanceof WrongServerError) return lasting(`it ${error.message}`);
  if (error instanceof ClosedEarlyError) {
    return passing(
      'it closes the connection before it answers (if it speaks TLS, use rediss:// or tls; if it is in protected mode, give its users passwords)',
    );
  }
  if (SAYS_NOTHING.test(error.message)) return undefined;
  if (/connect ETIMEDOUT|^Socket timeout/.test(error.message)) return passing(NO_ANSWER);
  return awayByCode(error) ?? awayByReply(error) ?? passing(error.message);
}

/** The settings of a Sentinel have names of their own. */
function ofSentinels(reason: string): string {
  return reason
    .replace('ledger.redis.password or passwordFile', 'ledger.redis.sentinelPassword')
    .replaceAll(/\btls\b/g, 'sentinelTls');
}

function awayByCode(error: Error): Away | undefined {
  if (error.message.includes(TLS_ALERT)) return lasting('it speaks TLS there: use rediss://, or set tls');
  if (/Please report this\.?$/.test(error.message)) {
    return lasting('it is not Redis: what answers there does not speak its protocol');
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNTRUSTED.has(code)) {
    return lasting(`its certificate is from an unknown authority (${code}): set tls.ca`);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return lasting(
      `its certificate is for another name: ${error.message}. Connect by its name, or set tls.servername`,
    );
  }
  const outOfDate = OUT_OF_DATE.get(code);
  if (outOfDate !== undefined) return passing(`its certificate ${outOfDate} (${code})`);
  const known = BY_CODE.find(([pattern]) => pattern.test(code));
  return known && lasting(`it ${known[1]} (${code})`);
}

function awayByReply(error: Error): Away | undefined {
  const reply = replyIn(error);
  if (reply === undefined) return undefined;
  if (reply.startsWith('READONLY ')) return passing(NO_MASTER);
  const known = BY_REPLY.find(([pattern]) => pattern.test(reply));
  if (known) return lasting(`it ${known[1]}`);
  const isLasting = reply.startsWith('NOPERM ');
  return { isLasting, reason: `it says: ${reply}` };
}

/** Without a last error, every one of them was asked and knew no such master. */
function awayBySentinels(message: string): Away | undefined {
  const [, last] = /Last error: (.*)$/.exec(message) ?? [];
  if (last === undefined || last.includes('No such master')) {
    return lasting('no Sentinel knows the master: set ledger.redis.name to what they call the master');
  }
  if (SAYS_NOTHING.test(last)) return undefined;
  if (/^ERR unknown command/.test(last)) {
    return lasting('what answers at the addresses of the Sentinels is not a Sentinel');
  }
  if (/^(WRONGPASS|NOAUTH) /.test(last)) {
    return lasting(
      `the Sentinels refuse the password (${last.split(' ')[0]}): set ledger.redis.sentinelPassword`,
    );
  }
  return passing(`no Sentinel answers. The last said: ${last}`);
}

function lasting(reason: string): Away {
  return { reason, isLasting: true };
}

function passing(reason: string): Away {
  return { reason, isLasting: false };
}

/** Whether the other side has broken the connection off. */
export function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
