import { cutAfter, deleted, inPlaceOf, thenLosing } from './blows.ts';
import { bucketsIn, type Mutant, PLACES } from './mutants.ts';

const USUAL_COUNT = `        redis.call('HSET', meta_key, 'changes', '' .. changes, 'b' .. label, '' .. count + 1)
`;
const USUAL_RECORD = `        redis.call('HSET', bucket_key, nonce,
          (to_collect == '1' and 'w' or 'b') .. attempt .. by .. ':' ..
            string.format('%x', (expiry + RECORD_MINUTES) * 60000 - now_ms))
`;
const USUAL_NOTE = `        if KEEP > 0 and note ~= '' then
          redis.call('XADD', prefix .. 'e', 'MAXLEN', '~', ARGV[3], '*', 'type', 'token.redeemed', 'at', now, 'event', note)
        end
`;
const SUBJECT_IS_WHOLE = `is_usual = about[1] == of and not about[2] and not about[3]
              and redis.call('HLEN', prefix .. of) == tonumber(redis.call('HGET', meta_key, 's' .. digits))`;
const LIVES_ON = `sub(info, replid + 1, replid + 40) .. ' ' .. sub(info, run_id + 1, run_id + 40) .. ' ' .. meta_key`;

/** The same of the usual burn, which looks at everything by itself. */
export const USUAL_MUTANTS: readonly Mutant[] = [
  {
    name: 'usually takes every server for its own',
    from: `and lives_on == ${LIVES_ON}`,
    to: 'and lives_on',
    where: /^another \w+'s ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually takes another process for its own',
    from: `lives_on == ${LIVES_ON}`,
    to: 'sub(lives_on, 1, 40) == sub(info, replid + 1, replid + 40)',
    where: /^another process's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually takes another replication for its own',
    from: `lives_on == ${LIVES_ON}`,
    to: 'sub(lives_on, 42, 81) == sub(info, run_id + 1, run_id + 40)',
    where: /^another replication's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually counts a burn before it is recorded',
    from: `${USUAL_NOTE}        changes = changes + 1\n${USUAL_COUNT}`,
    to: `        changes = changes + 1\n${USUAL_COUNT}${USUAL_NOTE}`,
    where: /^an open ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually records before it counts',
    from: `${USUAL_COUNT}${USUAL_RECORD}`,
    to: `${USUAL_RECORD}${USUAL_COUNT}`,
    where: /^an open ledger, burn: unused at 0 s$/,
    isLosing: true,
  },
  {
    name: 'usually does not count what a bucket has',
    from: `and redis.call('HLEN', bucket_key) == tonumber(count)`,
    to: '',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: () => PLACES.map((place) => thenLosing(cutAfter(100), place)),
  },
  {
    name: 'usually does not look at the name of a bucket',
    from: 'local is_named = known[1] == name or',
    to: 'local is_named = known[1] or',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: (keys) => {
      const buckets = bucketsIn(keys);
      return buckets.flatMap((one) =>
        buckets.filter((other) => other !== one).map((other) => inPlaceOf(one, other)),
      );
    },
  },
  {
    name: 'usually burns what is revoked',
    from: `known[1] == name .. '!' and not redis.call('HGET', bucket_key, nonce .. '!')`,
    to: `known[1] == name .. '!'`,
    where: /^an open ledger, revoke: unused at 0 s$/,
  },
  {
    name: 'usually burns what is revoked with its subject',
    from: 'and not about[2] and not about[3]',
    to: '',
    where: /^an open ledger, (burn: |revoke a subject)/,
  },
  {
    name: 'usually burns under a key that is revoked',
    from: `(revoked_keys == '' or not find(',' .. revoked_keys .. ',', ',' .. kid .. ',', 1, true))`,
    to: 'true',
    where: /^an open ledger, revoke a key at 0 s$/,
  },
  {
    name: 'usually burns while it is frozen',
    from: `and frozen_until == '0' `,
    to: '',
    where: /^a frozen ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually goes on without a subject bucket that is lost',
    from: SUBJECT_IS_WHOLE,
    to: 'is_usual = not about[2] and not about[3]',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: (keys) => keys.filter((key) => key.includes(':s:')).map(deleted),
  },
];
