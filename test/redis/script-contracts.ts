import {
  parseBurnAnswer,
  parseCollectAnswer,
  parseFoundDeposit,
  parseGuessAnswer,
  parsePut,
  parseRecordedState,
  parseRegistered,
  parseRevokeAnswer,
  parseSettleAnswer,
} from '../../src/redis/answers.ts';
import { parseFrozen, parseThawed } from '../../src/redis/freeze.ts';
import type { ScriptReply } from '../../src/redis/reply.ts';
import { SOURCES } from '../../src/redis/scripts/sources.ts';
import type { ScriptName } from '../../src/redis/scripts.ts';

type Decode = (reply: ScriptReply, attempt: string) => unknown;

/** What reads the reply of each script. The others answer with the epoch, and their word is never looked at. */
export const DECODERS: Readonly<Partial<Record<ScriptName, Decode>>> = {
  burn: parseBurnAnswer,
  settle: parseSettleAnswer,
  collect: parseCollectAnswer,
  revoke: parseRevokeAnswer,
  register: parseRegistered,
  inspect: parseRecordedState,
  'deposit-put': parsePut,
  'deposit-find': parseFoundDeposit,
  'deposit-guess': parseGuessAnswer,
  freeze: ({ word }) => parseFrozen(word),
  thaw: ({ word }) => parseThawed(word),
};

/** The words that a script's first lines say it may return. */
export function wordsOf(name: ScriptName): readonly string[] {
  const [, returns = ''] = /-- Returns ([\s\S]*?)-- Errors/.exec(SOURCES[name]) ?? [];
  return [...new Set([...returns.matchAll(/'([a-z-]+)'/g)].map(([, word = '']) => word))];
}

/** The first words of the errors that it may end with. */
export function errorsOf(name: ScriptName): readonly string[] {
  const [, errors = ''] = /-- Errors (.*)/.exec(SOURCES[name]) ?? [];
  return errors.split(', ');
}
