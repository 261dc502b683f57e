import type { Blow } from './blows.ts';
import { cutAfter, deleted, inPlaceOf, lostWithCount, replaced, thenLosing } from './blows.ts';

/** One line of a script's safety taken out or moved, and where that lets somebody in. */
export interface Mutant {
  readonly name: string;
  /** A part of a script, and what stands in its place. */
  readonly from: string;
  readonly to: string;
  /** The verbs, stages and times that show it, as they are called in the findings. */
  readonly where: RegExp;
  /** A field must be lost after the cut. */
  readonly isLosing?: true;
  /** What must go wrong instead of a cut. */
  blows?(keys: readonly string[]): readonly Blow[];
}

const FORGET = `  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended), 'swept', whole(swept), 'size', ledger.size, 'usual',
    usual_of(ledger))
`;
const FORGET_RECORDS = `  for from = 1, #fields, MOST_DROPPED do
    redis.call('HDEL', ledger.meta_key, unpack(fields, from, math.min(from + MOST_DROPPED - 1, #fields)))
  end
  keep_meta(ledger)
  for _, name in ipairs(keys) do redis.pcall('UNLINK', key_of(ledger.meta_key, name)) end
`;
const COUNT = `  redis.call('HSET', ledger.meta_key, 'changes', ledger.changes, unpack(fields))
`;
const RECORD = `  for _, bucket in ipairs(buckets) do
    if #bucket.writes > 0 then redis.call('HSET', bucket.key, unpack(bucket.writes)) end
    if bucket.counted == 0 and bucket.added > 0 then redis.call('EXPIREAT', bucket.key, whole(bucket.over)) end
  end
`;
const BEGIN = `redis.call('HSET', ledger.meta_key, 'usual', usual_of(began), 'size', began.size, unpack(fields))`;
const SUPERSEDE = `put_mark(entry.bucket, entry.field, mark)`;
const NOTE = `record_note(ledger, use.state == 'held' and 'token.held' or 'token.redeemed', note)`;
const BURN = `commit(ledger, { bucket })
return reply_changed(use.state`;
const ANY_FORGET = /^an open ledger, tell the epoch at (900|1200) s$/;
const LAPSED_BURN = /^an open ledger, burn: held at 700 s$/;

export const bucketsIn = (keys: readonly string[]) => keys.filter((key) => key.includes(':b:'));
const metaIn = (keys: readonly string[]) => keys.find((key) => key.endsWith(':m')) ?? '';
/** More than there are fields. */
export const PLACES = Array.from({ length: 150 }, (_, place) => place / 150);

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'forgets the records before it says so',
    from: `${FORGET}${FORGET_RECORDS}`,
    to: `redis.call('HSET', ledger.meta_key, 'swept', whole(swept), 'size', ledger.size)
${FORGET_RECORDS}  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended))
`,
    where: ANY_FORGET,
  },
  {
    name: 'never says what it has forgotten',
    from: FORGET,
    to: `  redis.call('HSET', ledger.meta_key, 'swept', whole(swept), 'size', ledger.size)\n`,
    where: ANY_FORGET,
  },
  {
    name: 'forgets without counting that',
    from: FORGET,
    to: `  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended), 'swept', whole(swept))\n`,
    where: /^an open ledger, tell the epoch at 700 s$/,
  },
  {
    name: 'burns in minutes that it has forgotten',
    from: `if minute <= ledger.forgotten then return nil, 'expired' end`,
    to: '',
    where: /^an open ledger, burn: burned, soon over at (700|900) s$/,
  },
  {
    name: 'keeps what an old epoch counted in a new one',
    from: `redis.call('HDEL', ledger.meta_key, unpack(others, from, math.min(from + MOST_DROPPED - 1, #others)))`,
    to: '',
    where: /^an open ledger, tell the epoch at -7300 s$/,
  },
  {
    name: 'takes every server for its own',
    from: 'elseif lives_on ~= identity then',
    to: 'elseif false then',
    where: /^another \w+'s ledger, burn: unused at 0 s$/,
  },
  {
    name: 'takes another process for its own',
    from: 'return table.concat({ replid, run_id, meta_key }',
    to: 'return table.concat({ replid, meta_key }',
    where: /^another process's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'takes another replication for its own',
    from: 'return table.concat({ replid, run_id, meta_key }',
    to: 'return table.concat({ run_id, meta_key }',
    where: /^another replication's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'does not write down that a hold has lapsed',
    from: 'if token.newest and token.newest.lapsed then',
    to: 'if false then',
    where: LAPSED_BURN,
  },
  {
    name: 'answers from a lapsed hold before it is written down',
    from: `  if #bucket.writes > 0 then commit(ledger, { bucket }) end
  return reply(...)`,
    to: '  return reply(...)',
    where: LAPSED_BURN,
  },
  {
    name: 'does not write down that a hold of several has lapsed',
    from: 'if token.uses and token.uses.lapsed then',
    to: 'if false then',
    where: /^an open ledger, burn: of three uses, one held at 700 s$/,
  },
  {
    name: 'shows a lapsed hold as burned that is not written down',
    from: `write_lapsed(bucket, nonce, token)
if #bucket.writes > 0 then commit(ledger, { bucket }) end
local ended`,
    to: 'local ended',
    where: /^an open ledger, inspect: held at 700 s$/,
  },
  {
    name: 'revokes nothing that looks expired',
    from: 'if not mark then\n  put_mark(',
    to: 'if not mark and ledger.now_ms < burnable_until then\n  put_mark(',
    where: /^an open ledger, revoke: unused at 700 s$/,
  },
  {
    name: 'supersedes nothing that looks expired',
    from: SUPERSEDE,
    to: `if not looks_expired then ${SUPERSEDE} end`,
    where: /^an open ledger, register one that supersedes in several buckets at 700 s$/,
  },
  {
    name: 'drops what is superseded without a mark',
    from: SUPERSEDE,
    to: '',
    where: /^an open ledger, register one that supersedes at 0 s$/,
  },
  {
    name: 'counts a burn before it is recorded',
    from: `${NOTE}\n${BURN}`,
    to: `commit(ledger, { bucket })\n${NOTE}\nreturn reply_changed(use.state`,
    where: /^an open ledger, hold: unused at 0 s$/,
  },
  {
    name: 'burns without a record that could not be written',
    from: `if type(added) == 'table' and added.err then return error(added) end`,
    to: '',
    where: /^an open ledger, hold: unused at 0 s$/,
    blows: (keys) => keys.filter((key) => key.endsWith(':e')).map(replaced),
  },
  {
    name: 'drops the keys that are revoked before it begins an epoch',
    from: BEGIN,
    to: `redis.call('UNLINK', ledger.meta_key)\n${BEGIN}`,
    where: /^an open ledger, tell the epoch at -7300 s$/,
  },
  {
    name: 'forgets the keys that are revoked with its epoch',
    from: `'revoked_keys', ledger.revoked_keys }`,
    to: `'revoked_keys', '' }`,
    where: /^an open ledger, tell the epoch at -7300 s$/,
  },
  {
    name: 'burns under a key that is revoked',
    from: `local ended = ended_by(ledger, bucket.values[2], kid)\nlocal shown_by`,
    to: `local ended = ended_by(ledger, bucket.values[2], '-')\nlocal shown_by`,
    where: /^an open ledger, revoke a key at 0 s$/,
  },
  {
    name: 'collects what is collected',
    from: `if first_collector ~= collector then return reply('collected-by-another', ledger, collected_at) end`,
    to: '',
    where: /^an open ledger, collect from attempt 0: collected at 0 s$/,
  },
  {
    name: 'records before it counts',
    from: `${COUNT}${RECORD}`,
    to: `${RECORD}${COUNT}`,
    where: /^an open ledger, hold: unused at 0 s$/,
    isLosing: true,
  },
  {
    name: 'does not count what a bucket has',
    from: 'if size ~= counted then return nil end',
    to: '',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: () => PLACES.map((place) => thenLosing(cutAfter(100), place)),
  },
  {
    name: 'does not count what it counts',
    from: `if not is_complete or tonumber(counted or '-1') ~= size then`,
    to: 'if not is_complete then',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: (keys) => bucketsIn(keys).map((bucket) => lostWithCount(bucket, metaIn(keys))),
  },
  {
    name: 'does not look at the name of a bucket',
    from: 'if counted > 0 and values[1] ~= name then return nil end',
    to: '',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: (keys) => {
      const buckets = bucketsIn(keys);
      return buckets.flatMap((one) =>
        buckets.filter((other) => other !== one).map((other) => inPlaceOf(one, other)),
      );
    },
  },
  {
    name: 'goes on without a subject bucket that is lost',
    from: 'if not buckets[index] then return nil end',
    to: `buckets[index] = buckets[index] or { values = {}, writes = {}, added = 0, number = number, counted = counted }`,
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: (keys) => keys.filter((key) => key.includes(':s:')).map(deleted),
  },
];
