import { createHash } from 'node:crypto';
import type { LedgerClient } from '../../src/redis/client.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { answeringScripts, isDigest } from './answering-scripts.ts';

/**
 * What befalls the scripts that go through a tampered connection. Change it between two questions, never during one.
 * Everything happens inside one real Redis, script by script, so that thousands of faults a second can be tried.
 */
export interface Tampering {
  /** The script is aborted at the command after so many; what those wrote stays written. Absent: never. */
  cutAfter?: number | undefined;
  /** How far the server's clock is ahead. */
  clockSeconds?: number | undefined;
  /** Where the server's clock stands still, in unix milliseconds. Absent: it goes on. */
  clockMs?: number | undefined;
  /** The server is another one, or another process of it: stands in for master_replid and run_id. 40 hex digits each. */
  identity?: { readonly replid?: string; readonly runId?: string } | undefined;
  /** The slot is half-way to another node: a key that is not here counts as moved there. */
  migrating?: boolean | undefined;
  /** The script answers, but nothing that it writes is written: what would it say, and to how many? */
  dry?: boolean | undefined;
  /** The script spins before the command after so many, for a tenth of a second or more. Absent: never. */
  spinAfter?: number | undefined;
  /** Changes the script itself. Hand in the same function every time: what it makes of a script is kept. */
  rewrite?: ((source: string) => string) | undefined;
}

const SPINS = 20_000_000;

/** The connection, but each script is run with what `tampering` says at that moment. */
export function tampered(connection: LedgerConnection, tampering: Tampering): LedgerConnection {
  return {
    ...connection,
    answer: (ask) => connection.answer((redis) => ask(tamperedClient(redis, tampering))),
    askOnce: (ask) => connection.askOnce((redis) => ask(tamperedClient(redis, tampering))),
  };
}

/** What an aborted script's error begins with. */
export const CUT = 'ERR cut';

const WRAPPER = `
local tampering = cjson.decode(ARGV[#ARGV])
local commands = 0
local real = redis
local redis
do
  local function is_here(key) return real.call('EXISTS', key) == 1 end
  local function not_here() return real.error_reply('ERR Script attempted to access a non local key in a cluster node') end
  local function moved() return real.error_reply('ASK 0 127.0.0.1:1') end
  local reads = { TIME = true, INFO = true, HGET = true, HMGET = true, HGETALL = true, HLEN = true, HKEYS = true,
    HEXISTS = true, GET = true, EXISTS = true, TYPE = true }
  local now = tonumber(real.call('TIME')[1]) + tampering.clock_seconds
  if tampering.clock_ms then now = math.floor(tampering.clock_ms / 1000) end
  -- The key, after what Redis does to one whose time is over. It ends by the server's own clock, which is not ahead.
  local function unless_ended(key)
    local ends = real.call('EXPIRETIME', key)
    if ends < 0 or now < ends then return key end
    if tampering.dry then return 'no such key' end
    real.call('UNLINK', key)
    return key
  end
  if tampering.migrating then
    local here = 0
    for _, key in ipairs(KEYS) do if is_here(key) then here = here + 1 end end
    if here == 0 then return moved() end
    if here < #KEYS then return real.error_reply('TRYAGAIN Multiple keys request during rehashing of slot') end
  end
  local function before(name, ...)
    commands = commands + 1
    if tampering.cut_after and commands > tampering.cut_after then error(real.error_reply('${CUT}')) end
    if tampering.spin_after and commands == tampering.spin_after + 1 then for _ = 1, ${SPINS} do end end
    if not tampering.migrating or name == 'TIME' or name == 'INFO' then return nil end
    for _, key in ipairs(name == 'UNLINK' and { ... } or { (...) }) do
      if not is_here(key) then return not_here() end
    end
    return nil
  end
  local function run(how, name, ...)
    if tampering.dry and not reads[name] then return 0 end
    if name == 'TIME' or name == 'INFO' then return how(name, ...) end
    local args = { ... }
    for index = 1, name == 'UNLINK' and #args or 1 do args[index] = unless_ended(args[index]) end
    local answer = how(name, unpack(args))
    -- A key that is given an end in the past is gone at once.
    if not reads[name] then unless_ended(args[1]) end
    return answer
  end
  local function after(name, answer)
    if name == 'TIME' and tampering.clock_ms then
      local seconds = math.floor(tampering.clock_ms / 1000)
      return { string.format('%.0f', seconds), string.format('%.0f', (tampering.clock_ms - seconds * 1000) * 1000) }
    end
    if name == 'TIME' then
      return { string.format('%.0f', tonumber(answer[1]) + tampering.clock_seconds), answer[2] }
    end
    if name == 'INFO' then
      answer = string.gsub(answer, '(\\nserver_time_usec:)(%d+)(%d%d%d%d%d%d)', function(before_it, seconds, rest)
        if tampering.clock_ms then return before_it .. string.format('%.0f', tampering.clock_ms * 1000) end
        return before_it .. string.format('%.0f', tonumber(seconds) + tampering.clock_seconds) .. rest
      end)
      if tampering.replid then answer = string.gsub(answer, '(\\nmaster_replid:)%x+', '%1' .. tampering.replid) end
      if tampering.run_id then answer = string.gsub(answer, '(\\nrun_id:)%x+', '%1' .. tampering.run_id) end
      -- Only in a Cluster two processes can have one replication id.
      if tampering.run_id and not tampering.replid then
        answer = string.gsub(answer, '(\\ncluster_enabled:)0', '%11')
      end
    end
    return answer
  end
  redis = setmetatable({
    call = function(name, ...)
      local fault = before(name, ...)
      if fault then error(fault) end
      return after(name, run(real.call, name, ...))
    end,
    pcall = function(name, ...)
      local fault = before(name, ...)
      if fault then return fault end
      local answer = run(real.pcall, name, ...)
      if type(answer) == 'table' and answer.err then return answer end
      return after(name, answer)
    end,
  }, { __index = real })
end
`;

/** Scripts are wrapped here before they are run. One error for all: to make one takes longer than a script. */
const NO_SCRIPT = new Error('NOSCRIPT');

function tamperedClient(redis: LedgerClient, tampering: Tampering): LedgerClient {
  return answeringScripts(redis, async (source, keys, ...rest) => {
    if (isDigest(source)) throw NO_SCRIPT;
    const wrapped = wrap(source, tampering.rewrite);
    const args = [keys, ...rest, JSON.stringify(asWritten(tampering))] as const;
    try {
      return await redis.evalsha(wrapped.sha1, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(wrapped.source, ...args);
    }
  });
}

function asWritten(tampering: Tampering): unknown {
  const {
    cutAfter,
    clockSeconds = 0,
    clockMs,
    identity,
    migrating = false,
    dry = false,
    spinAfter,
  } = tampering;
  return {
    cut_after: cutAfter,
    clock_seconds: clockSeconds,
    clock_ms: clockMs,
    replid: identity?.replid,
    run_id: identity?.runId,
    migrating,
    dry,
    spin_after: spinAfter,
  };
}

interface Wrapped {
  readonly source: string;
  readonly sha1: string;
}

const asItIs = (source: string) => source;
const wrappedBy = new WeakMap<(source: string) => string, Map<string, Wrapped>>();

function wrap(source: string, rewrite = asItIs): Wrapped {
  const known = wrappedBy.get(rewrite) ?? new Map<string, Wrapped>();
  wrappedBy.set(rewrite, known);
  const wrapped = known.get(source) ?? withDigest(`${WRAPPER}${rewrite(source)}`);
  known.set(source, wrapped);
  return wrapped;
}

function withDigest(source: string): Wrapped {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
