import { composeScripts } from '../../src/redis/scripts.ts';
import type { Mutate } from './faults-memories.ts';
import type { StoryRules } from './faults-stories.ts';

/** A ledger with something wrong, and stories in which it shows. */
export interface Weakness {
  readonly mutate?: Mutate;
  /** Its instances forget what they have heard once they hear of another epoch. */
  readonly forgetful?: boolean;
  readonly stories: StoryRules;
  /** Draws stories of which an early one shows it. */
  readonly seed: number;
  /** So few stories show it that they are told only when it soaks. */
  readonly isRare?: true;
  /** What is found. */
  readonly violation: RegExp;
}

const TWICE = /redeemed \d times/;

/** The first five are those that the first protocol had. */
export const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  // Seen in one of 750 stories of other seeds.
  'writes down last what it has forgotten': {
    stories: { faults: ['slot', 'time'], about: 'burns' },
    seed: 33,
    violation: TWICE,
    mutate: inScripts(
      [`'forgotten', whole(ended), 'swept', whole(swept), 'size'`, `'swept', whole(swept), 'size'`],
      [
        `for _, name in ipairs(keys) do redis.pcall('UNLINK', key_of(ledger.meta_key, name)) end`,
        // In one order in every run: Redis tells fields in another one in each process.
        `table.sort(keys)
        for _, name in ipairs(keys) do redis.call('UNLINK', key_of(ledger.meta_key, name)) end
        redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended))`,
      ],
    ),
  },
  // One of 1,500.
  'begins an epoch without saying what is forgotten': {
    stories: { faults: ['time'], about: 'revocations' },
    seed: 37,
    violation: /redeemed after its (subject was revoked|revocation)|a script broke/,
    mutate: inScripts([`epoch_name(ledger), ended_minute(ledger.now_ms)`, `epoch_name(ledger), -1`]),
  },
  'grants again what is revoked': {
    stories: { faults: ['reply'], about: 'revocations' },
    seed: 1,
    violation: /redeemed again after its (subject was revoked|revocation)/,
    mutate: inScripts([`if own.state ~= 'released' then`, `if false then`]),
  },
  // One of 3.
  'remembers no epoch that was replaced': {
    stories: { faults: ['swap'], about: 'burns' },
    seed: 1,
    violation: TWICE,
    forgetful: true,
  },
  // One of 750.
  'misses no field of meta': {
    stories: { faults: ['meta', 'time'], about: 'burns' },
    seed: 22,
    isRare: true,
    violation: TWICE,
    mutate: inScripts(
      [
        `if not is_complete or tonumber(counted or '-1') ~= size then`,
        `if not (epoch and lives_on and changes and generation and subjects and freeze) then`,
      ],
      [
        `forgotten, frozen_until = tonumber(forgotten), tonumber(frozen_until)`,
        `forgotten, frozen_until = tonumber(forgotten or -1), tonumber(frozen_until or 0)`,
      ],
      [
        `ledger.callers, ledger.swept = tonumber(callers), tonumber(swept)`,
        `ledger.callers, ledger.swept = tonumber(callers or 0), tonumber(swept or forgotten)`,
      ],
    ),
  },
  'burns under a key that is revoked': {
    stories: { faults: ['reply'], about: 'keys' },
    seed: 1,
    violation: /redeemed under a key/,
    mutate: inScripts([
      `local ended = ended_by(ledger, bucket.values[2], kid)\nlocal shown_by`,
      `local ended = ended_by(ledger, bucket.values[2], '-')\nlocal shown_by`,
    ]),
  },
  'commits under a key that is revoked': {
    stories: { faults: ['reply'], about: 'keys' },
    seed: 1,
    violation: /committed under a key/,
    mutate: inScripts([
      `ended_by(ledger, bucket.values[3], text(kid))`,
      `ended_by(ledger, bucket.values[3], '-')`,
    ]),
  },
  'collects under a key that is revoked': {
    stories: { faults: ['reply'], about: 'keys' },
    seed: 1,
    violation: /collected under a key/,
    mutate: inScripts([
      `ended_by(ledger, bucket.values[4], kid) or`,
      `ended_by(ledger, bucket.values[4], '-') or`,
    ]),
  },
  'forgets the keys that were revoked with its epoch': {
    stories: { faults: ['restart'], about: 'keys' },
    seed: 1,
    violation: /under a key that is revoked/,
    mutate: inScripts([`'revoked_keys', ledger.revoked_keys }`, `'revoked_keys', '' }`]),
  },
  'forgets the keys that were revoked where a slot moves away': {
    stories: { faults: ['slot', 'vanish'], about: 'keys' },
    seed: 1,
    violation: /under a key that is revoked/,
    mutate: inScripts([
      `  redis.call('HSET', ledger.meta_key, 'usual', usual_of(began), 'size', began.size, unpack(fields))\n`,
      `  redis.call('UNLINK', ledger.meta_key)
        redis.call('HSET', ledger.meta_key, 'usual', usual_of(began), 'size', began.size, unpack(fields))\n`,
    ]),
  },
  'remembers one key': {
    stories: { faults: ['reply'], about: 'keys' },
    seed: 1,
    violation: /under a key that is revoked/,
    mutate: inScripts([`if #kids < MOST_KEYS then kids[#kids + 1] = known end`, ``]),
  },
  'lets everybody collect': {
    stories: { faults: ['reply'], about: 'collections' },
    seed: 1,
    violation: /was collected by two/,
    mutate: inScripts([`if first_collector ~= collector then`, `if false then`]),
  },
  'supersedes nothing that looks expired': {
    stories: { faults: ['clock'], about: 'places' },
    seed: 1,
    violation: /took its place/,
    mutate: inScripts([
      `put_mark(entry.bucket, entry.field, mark)`,
      `if not looks_expired then put_mark(entry.bucket, entry.field, mark) end`,
    ]),
  },
  'ends its epoch whenever the clock goes back': {
    stories: { faults: ['clock'], about: 'burns' },
    seed: 1,
    violation: /is void, and nothing happened/,
    mutate: inScripts([`local CLOCK_SLACK_SECONDS = 120`, `local CLOCK_SLACK_SECONDS = -600`]),
  },
  'lets nothing be redeemed': {
    stories: { faults: ['cut'], about: 'burns' },
    seed: 1,
    violation: /is void, and nothing happened|cannot redeem a fresh token/,
    mutate: inScripts([
      `if ledger.epoch ~= token_epoch then return nil, 'void' end`,
      `do return nil, 'lost' end`,
    ]),
  },
};

/** Throws when the scripts do not say any more what is to be changed. */
function inScripts(...changes: readonly (readonly [from: string, to: string])[]): Mutate {
  const all = (['burn', 'settle', 'collect', 'register', 'revoke-key'] as const)
    .map((name) => composeScripts()(name).source)
    .join('');
  for (const [from] of changes) if (!all.includes(from)) throw new Error(`no script says ${from}`);
  return (source) => changes.reduce((text, [from, to]) => text.replaceAll(from, () => to), source);
}
