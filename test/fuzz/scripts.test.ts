import { createHash } from 'node:crypto';
import type { ScriptName, Scripts } from '../../src/redis/scripts.ts';
import { scriptsTarget } from './scripts.ts';
import { fuzzes, type Mutant } from './suite.ts';

/** The scripts with one changed. */
function changed(name: ScriptName, from: string, to: string, found: RegExp): Mutant<Scripts> {
  const of = (scripts: Scripts): Scripts => {
    const script = scripts(name);
    const source = script.source.replace(from, () => to);
    if (source === script.source) throw new TypeError(`${name} has no ${from}`);
    const mutant = { ...script, source, sha1: createHash('sha1').update(source).digest('hex') };
    return (asked) => (asked === name ? mutant : scripts(asked));
  };
  return { of, found };
}

fuzzes(scriptsTarget, {
  'a burn that burns again': changed(
    'burn',
    "if state == 'burned' then return answer('already-burned', ledger, at, last_caller) end",
    '',
    /instead of already-burned/,
  ),
  'a revocation that revokes another token': changed(
    'revoke',
    "put(bucket, nonce .. '!',",
    "put(bucket, 'freshBBBBBBBBBBBBBBBBB!',",
    /instead of burned/,
  ),
  'a bucket that never ends': changed(
    'burn',
    "redis.call('EXPIREAT', bucket.key, whole(bucket.over))",
    'local _ = bucket.over',
    /never ends/,
  ),
  'a deposit that never ends': changed('deposit-put', ", 'PXAT', whole(until_ms))", ')', /never ends/),
  'a word that is in no contract': changed(
    'register',
    "reply_changed('registered'",
    "reply_changed('done'",
    /answered .*done/,
  ),
  'a reply that is in no contract': changed(
    'burn',
    'return reply_changed(use.state, ledger, use.attempt, use.at, use.deadline, use.left)',
    'return reply_changed(use.state, ledger, use.attempt)',
    /answered/,
  ),
  'a script that ends with an error of Lua': changed(
    'settle',
    "if use.state == 'held' then",
    "if use.state.of.it == 'held' then",
    /ended with/,
  ),
  'an epoch that ends for nothing': changed(
    'inspect',
    "if why == 'expired' then",
    "if why == 'expired' then start_epoch(ledger, 'nothing')",
    /the epoch has ended/,
  ),
});
