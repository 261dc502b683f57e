import type { Redis } from 'ioredis';
import { isForbidden, replyIn } from './error-reply.ts';
import type { Finding } from './finding.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SOURCES } from './scripts/sources.ts';

/** Every command that a script runs, as the scripts themselves say. */
export const SCRIPTED_COMMANDS: readonly string[] = [
  ...new Set(
    Object.values(SOURCES).flatMap((source) =>
      [...source.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, command = '']) => command.toLowerCase()),
    ),
  ),
].sort();

/** With what the scripts are run, and events are kept and read. That EVAL may be run shows when this asks. */
const SENT_COMMANDS = ['evalsha', 'xadd', 'xlen', 'xrange', 'xrevrange'];

/**
 * ARGV the keys, their number first, then commands. Returns which of them this user may not run or touch; runs none.
 * A command that is renamed or not known is one that it may not run. Redis before 7.0 cannot tell.
 */
const TELL_MISSING = `
local missing = {}
if not redis.acl_check_cmd then return missing end
local function may(...)
  local known, allowed = pcall(redis.acl_check_cmd, ...)
  return known and allowed
end
-- Redis 8.6 tells only of as many arguments as the command can have.
local function may_run(command, key)
  for _, arguments in ipairs({ { key }, {}, { key, '1' }, { key, '1', '1' }, { key, '1', '1', '1' } }) do
    local known, allowed = pcall(redis.acl_check_cmd, command, unpack(arguments))
    if known then return allowed end
  end
  return false
end
local last = tonumber(ARGV[1]) + 1
for at = 2, last do
  if not may('EVAL', '', '1', ARGV[at]) then missing[#missing + 1] = '~' .. ARGV[at] end
end
if #missing > 0 then return missing end
for at = last + 1, #ARGV do
  local allowed
  if ARGV[at] == 'evalsha' then allowed = may('EVALSHA', '', '1', ARGV[2])
  else allowed = may_run(ARGV[at], ARGV[2]) end
  if not allowed then missing[#missing + 1] = '+' .. ARGV[at] end
end
return missing`;

/** Whether this user may do all that the scripts do, with keys such as these. Nothing is read or written. */
export async function examineRights(
  server: Redis,
  namespace: string,
  keys: readonly string[],
): Promise<Finding> {
  const commands = new Set([...SENT_COMMANDS, ...SCRIPTED_COMMANDS]);
  const args = [String(keys.length), ...keys, ...commands];
  let missing: unknown;
  try {
    missing = await server.eval(TELL_MISSING, 0, ...args);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return lacking(['+eval'], replyIn(error));
  }
  if (!Array.isArray(missing)) throw new UnexpectedReplyError();
  const rules = missing.map((each) => (String(each).startsWith('~') ? `~${namespace}:*` : String(each)));
  if (rules.length > 0) return lacking([...new Set(rules)]);
  return { check: 'rights', level: 'good', detail: 'the user may do everything that the ledger does' };
}

function lacking(rules: readonly string[], reply?: string): Finding {
  const said = reply === undefined ? '' : ` (${reply})`;
  return {
    check: 'rights',
    level: 'refuse',
    detail: `the user lacks ${rules.join(' ')}${said}: add it to its ACL; docs/redis.md has the whole line`,
  };
}
