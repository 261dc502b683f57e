/** What every script answers: a word, the living epoch, its burns so far and the server's time. */
export interface ScriptReply {
  readonly word: string;
  readonly epoch: string;
  readonly total: number;
  readonly nowMs: number;
  readonly rest: readonly (string | number)[];
}

/** Throws when a script ever says anything that its contract does not. */
export function parseReply(reply: unknown): ScriptReply {
  if (!Array.isArray(reply)) throw new UnexpectedReplyError();
  const [word, epoch, total, nowMs, ...rest]: unknown[] = reply;
  const restIsPlain = (rest as readonly unknown[]).every(isPlain);
  if (
    typeof word !== 'string' ||
    typeof epoch !== 'string' ||
    !isCount(total) ||
    !isCount(nowMs) ||
    !restIsPlain
  ) {
    throw new UnexpectedReplyError();
  }
  return { word, epoch, total, nowMs, rest: rest.filter(isPlain) };
}

export function textAt({ rest }: ScriptReply, index: number): string {
  const value = rest[index];
  if (typeof value !== 'string') throw new UnexpectedReplyError();
  return value;
}

export function countAt({ rest }: ScriptReply, index: number): number {
  const value = rest[index];
  if (!isCount(value)) throw new UnexpectedReplyError();
  return value;
}

export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError';
  constructor() {
    super('the ledger script gave a reply that is not in its contract');
  }
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
