import { unavailable } from './unavailable.ts';

/** What every script answers, after the tag of its question: a word, the living epoch, its changes so far, the server's time and more. */
export interface ScriptReply {
  readonly word: string;
  readonly epoch: string;
  readonly changes: number;
  readonly nowMs: number;
  /** Whether this very call recorded something. */
  readonly changed: boolean;
  /** Why this very call began the epoch; '' if it did not. */
  readonly began: string;
  readonly rest: readonly (string | number)[];
}

/**
 * The reply to the question that had this tag. Throws `UnexpectedReplyError` for a reply to another question, and
 * when a script ever says anything that its contract does not.
 */
export function parseReply(reply: unknown, questionTag: string): ScriptReply {
  if (typeof reply === 'string') return parseUsualBurn(reply, questionTag);
  if (!Array.isArray(reply)) throw new UnexpectedReplyError();
  const [tag, word, epoch, changes, nowMs, changed, began, ...rest]: unknown[] = reply;
  const restIsPlain = rest.every(isPlain);
  if (
    tag !== questionTag ||
    typeof word !== 'string' ||
    typeof epoch !== 'string' ||
    typeof began !== 'string' ||
    !isCount(changes) ||
    !isCount(nowMs) ||
    !restIsPlain
  ) {
    throw new UnexpectedReplyError();
  }
  return { word, epoch, changes, nowMs, changed: changed === 1, began, rest: rest.filter(isPlain) };
}

const USUAL_BURN = /^([^ ]+) ([^ ]+) (\d+) (\d+) ([^ ]+)$/;

/** The usual burn answers in one text, since Redis takes time for each part of an answer. */
function parseUsualBurn(reply: string, questionTag: string): ScriptReply {
  const [, tag, epoch, changesText, nowText, attempt] = USUAL_BURN.exec(reply) ?? [];
  const [changes, nowMs] = [Number(changesText), Number(nowText)];
  if (tag !== questionTag || !epoch || !attempt || !isCount(changes) || !isCount(nowMs)) {
    throw new UnexpectedReplyError();
  }
  return { word: 'burned', epoch, changes, nowMs, changed: true, began: '', rest: [attempt, nowMs, 0, 0] };
}

export function textAt({ rest }: ScriptReply, index: number): string {
  const value = rest[index];
  if (typeof value !== 'string') throw new UnexpectedReplyError();
  return value;
}

/** Names with commas between them. */
export function namesAt(reply: ScriptReply, index: number): readonly string[] {
  return textAt(reply, index)
    .split(',')
    .filter((name) => name !== '');
}

export function countAt({ rest }: ScriptReply, index: number): number {
  const value = rest[index];
  if (!isCount(value)) throw new UnexpectedReplyError();
  return value;
}

export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError';
  constructor() {
    super('the reply does not belong to its question, or is not in the contract of its script');
  }
}

/** A reply that nobody understands is no answer: rejects with `ledger_unavailable`. */
export function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unavailable(error);
  }
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
