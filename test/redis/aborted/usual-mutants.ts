import { cutAfter, deleted, inPlaceOf, thenLosing } from './blows.ts';
import { bucketsIn, type Mutant, PLACES } from './mutants.ts';

const USUAL_COUNT = `        changes = format('%d', changes + 1)
        call('HSET', meta_key, 'changes', changes, count_field, format('%d', counted + 1))
`;
const USUAL_RECORD = `        call('HSET', bucket_key, nonce, kind .. attempt .. by .. sub(at, -TIME_CHARACTERS))
`;
const USUAL_NOTE = `        if KEEP > 0 and note ~= '' then
          -- Whatever is not as usual cuts the stream too, such as the first burn of a bucket.
          if counted % CUT_EVERY == 0 then
            call('XADD', prefix .. 'e', 'MAXLEN', '~', ARGV[3], '*', 'type', 'token.redeemed', 'at', at, 'event', note)
          else
            call('XADD', prefix .. 'e', '*', 'type', 'token.redeemed', 'at', at, 'event', note)
          end
        end
`;
const SUBJECT_IS_WHOLE = `is_usual = about[1] == of and not about[2] and not about[3]
              and call('HLEN', prefix .. of) == tonumber(call('HGET', meta_key, 's' .. digits))`;
const IS_REPLICATION = `and find(info, sub(usual, 1, USUAL_REPLICATION), 1, true)`;
const IS_PROCESS = `      and (find(info, '\\ncluster_enabled:0', 1, true)
        or find(call('INFO', 'server'), sub(usual, USUAL_REPLICATION + 1, USUAL_SERVER), 1, true))
`;

/** The same of the usual burn, which looks at everything by itself. */
export const USUAL_MUTANTS: readonly Mutant[] = [
  {
    name: 'usually takes every server for its own',
    from: `${IS_REPLICATION}
      -- Outside of a Cluster, a master that is another process has another replication id.
${IS_PROCESS}`,
    to: '',
    where: /^another \w+'s ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually takes another process for its own',
    from: IS_PROCESS,
    to: '',
    where: /^another process's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually takes another replication for its own',
    from: IS_REPLICATION,
    to: '',
    where: /^another replication's ledger, burn: unused at 0 s$/,
  },
  {
    name: 'usually counts a burn before it is recorded',
    from: `${USUAL_NOTE}${USUAL_COUNT}`,
    to: `${USUAL_COUNT}${USUAL_NOTE}`,
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
    from: `and call('HLEN', bucket_key) == counted`,
    to: '',
    where: /^an open ledger, tell the epoch at 0 s$/,
    blows: () => PLACES.map((place) => thenLosing(cutAfter(100), place)),
  },
  {
    name: 'usually does not look at the name of a bucket',
    from: 'local is_usual = (known[1] == name or',
    to: 'local is_usual = (known[1] or',
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
    from: `known[1] == name .. '!' and not call('HGET', bucket_key, nonce .. '!')`,
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
    from: `kid and not find(',' .. revoked_keys .. ',', ',' .. kid .. ',', 1, true)`,
    to: 'true',
    where: /^an open ledger, revoke a key at 0 s$/,
  },
  {
    name: 'usually burns while it is frozen',
    from: `or tonumber(ledger.frozen_until) > 0 then return ''`,
    to: `then return ''`,
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
