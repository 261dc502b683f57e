import type { LedgerNote, NewToken, TokenSubject } from '../ledger/burn-ledger.ts';
import { lifetimeAndLevel, type TokenId, timesAndLevel } from '../token/id.ts';
import { parseRegistered, type RegistrationLook } from './answers.ts';
import type { AskShard } from './ask.ts';
import { type ScriptReply, UnexpectedReplyError } from './reply.ts';
import type { ScriptInput } from './scripts.ts';
import { subjectDigests } from './subject-digest.ts';
import { unavailable } from './unavailable.ts';

/** More than all tokens of a subject need, unless others change them meanwhile. */
const MOST_LOOKS = 50;

/** Registers new tokens of one subject and purpose, looking at those that are there in as many goes as it takes. */
export async function registerTokens(
  ask: AskShard,
  tokens: readonly NewToken[],
  of: TokenSubject,
  live: number,
  note: LedgerNote | undefined,
): Promise<boolean> {
  const [first] = tokens;
  if (!first) return true;
  const { shard, epoch: tokenEpoch } = first.id;
  const generation = Math.max(...tokens.map(({ id }) => id.generation));
  const list = JSON.stringify(tokens.flatMap(listed));
  const input = { tokenEpoch, generation, ...subjectDigests(of), live, note: note?.text ?? '' };
  let look: RegistrationLook | undefined = { after: '', living: 0, over: 0, seen: 0 };
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const asked: ScriptInput<'register'> = { ...input, ...look, tokens: looks === 0 ? list : '[]' };
    look = await ask('register', shard, asked, (reply) => {
      const registered = parseRegistered(reply);
      if (registered) tellSuperseded(reply, { shard, epoch: tokenEpoch }, note);
      return registered;
    });
    if (!look) return false;
    if (look.after === '') return true;
  }
  throw unavailable(new Error('The tokens of a subject changed while they were looked at, again and again.'));
}

/** A new token, as `subjects.lua` lists it. */
function listed({ id, burnableUntilMs }: NewToken): readonly (string | number)[] {
  const { nonce, expiresAt, uses, generation } = id;
  return [nonce, expiresAt, lifetimeAndLevel(id), uses, generation, burnableUntilMs];
}

const LOOK_PARTS = 4;

function tellSuperseded(
  { rest, nowMs }: ScriptReply,
  where: Pick<TokenId, 'shard' | 'epoch'>,
  note: LedgerNote | undefined,
): void {
  for (const of of rest.slice(LOOK_PARTS))
    note?.recorded('token.superseded', nowMs, supersededId(String(of), where));
}

/** The token that a record of `register.lua` names. Throws `UnexpectedReplyError` for anything else. */
export function supersededId(of: string, where: Pick<TokenId, 'shard' | 'epoch'>): TokenId {
  const [, generation, uses, lifetime, exp, nonce] = /^(\d+) (\d+) (\d+) (\d+) ([\w-]{22})$/.exec(of) ?? [];
  if (nonce === undefined) throw new UnexpectedReplyError();
  const expiresAt = Number(exp);
  const times = timesAndLevel(expiresAt, Number(lifetime));
  return { ...where, ...times, generation: Number(generation), uses: Number(uses), nonce };
}
