import type { ScriptReply } from '../../src/redis/reply.ts';

/** What an instance can know from its replies. Its own code must know no less. */
export interface Knowledge {
  last: { readonly epoch: string; readonly changes: number } | undefined;
  /** Epochs that were replaced by another, or whose memory went back. */
  readonly replaced: Set<string>;
}

export function newKnowledge(): Knowledge {
  return { last: undefined, replaced: new Set() };
}

/** Takes in a reply. Whether what was known before shows that the memory that gave it went back. */
export function learn(knowledge: Knowledge, reply: ScriptReply): boolean {
  const { epoch, changes, changed } = reply;
  const { last, replaced } = knowledge;
  const least = last?.epoch === epoch ? last.changes + (changed ? 1 : 0) : 0;
  const knewBetter = replaced.has(epoch) || changes < least;
  if (knewBetter) {
    replaced.add(epoch);
    return true;
  }
  if (last && last.epoch !== epoch) replaced.add(last.epoch);
  for (const previous of previousIn(reply)) replaced.add(previous);
  knowledge.last = { epoch, changes: Math.max(changes, least) };
  return false;
}

export function replyIn(answer: unknown): ScriptReply | undefined {
  return typeof answer === 'object' && answer && 'changes' in answer ? (answer as ScriptReply) : undefined;
}

/** The epochs that the living one says to have replaced: the last of what these scripts tell. */
function previousIn({ word, rest }: ScriptReply): readonly string[] {
  const names = word === 'living' ? rest[1] : word === 'revoked' ? rest[0] : undefined;
  return typeof names === 'string' ? names.split(',') : [];
}
