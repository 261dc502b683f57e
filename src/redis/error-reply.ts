/** What Redis's error replies say. A failure that is not a reply of Redis is none of them. */

/** Replies after which the same question may find an answer: a failover, a slot's move, a start, a slow script. */
const PASSING = /^(READONLY|LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|MOVED|ASK|BUSY) /;
/** This user may not do that, or nobody: the first comes from a command, the others from a script. */
const FORBIDDEN =
  /^NOPERM |^ERR unknown (sub)?command|The user executing the script can't run|^ERR ACL failure in script/;
/** Not this server, not these records, not this user. */
const UNFIT = /^(NOIDENTITY|MISCONFIGURED|WRONGPASS|NOAUTH) /;

/** Also proves that nothing was written: Redis says this before it runs anything, or READONLY at the first write. */
export function isPassing(error: unknown): boolean {
  return PASSING.test(replyIn(error) ?? '');
}

export function isForbidden(error: unknown): boolean {
  return FORBIDDEN.test(replyIn(error) ?? '');
}

/** Whether no waiting will change it. */
export function isLasting(error: unknown): boolean {
  return isForbidden(error) || UNFIT.test(replyIn(error) ?? '');
}

/** ioredis's cluster client tells so of a command that got nothing but error replies. */
const REDIRECTED = /^Too many Cluster redirections\. Last error: ReplyError: /;

/** Undefined for a failure that is no error reply, such as a lost connection. */
export function replyIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (REDIRECTED.test(error.message)) return error.message.replace(REDIRECTED, '');
  return error.name === 'ReplyError' ? error.message : undefined;
}
