import { createHash } from 'node:crypto';
import type { LedgerClient } from '../../src/redis/client.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';

/**
 * What befalls the scripts that go through a tampered connection. Change it between two questions, never during one.
 * Everything happens inside one real Redis, script by script, so that thousands of faults a second can be tried.
 */
export interface Tampering {
  /** The script is aborted at the command after so many; what those wrote stays written. Absent: never. */
  cutAfter?: number | undefined;
  /** How far the server's clock is ahead. */
  clockSeconds?: number | undefined;
  /** The server is another one, or another process of it: stands in for master_replid and run_id. 40 hex digits each. */
  identity?: { readonly replid: string; readonly runId: string } | undefined;
  /** The slot is half-way to another node: a key that is not here counts as moved there. */
  migrating?: boolean | undefined;
}

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
  local function moved() return real.error_reply('ASK 0 127.0.0.1:1') end
  if tampering.migrating then
    local here = 0
    for _, key in ipairs(KEYS) do if is_here(key) then here = here + 1 end end
    if here == 0 then return moved() end
    if here < #KEYS then return real.error_reply('TRYAGAIN Multiple keys request during rehashing of slot') end
  end
  local function before(name, ...)
    commands = commands + 1
    if tampering.cut_after and commands > tampering.cut_after then error(real.error_reply('${CUT}')) end
    if not tampering.migrating or name == 'TIME' or name == 'INFO' then return nil end
    for _, key in ipairs(name == 'UNLINK' and { ... } or { (...) }) do
      if not is_here(key) then return moved() end
    end
    return nil
  end
  local function after(name, answer)
    if name == 'TIME' then
      return { string.format('%.0f', tonumber(answer[1]) + tampering.clock_seconds), answer[2] }
    end
    if name == 'INFO' and tampering.replid then
      answer = string.gsub(answer, '(\\nmaster_replid:)%x+', '%1' .. tampering.replid)
      answer = string.gsub(answer, '(\\nrun_id:)%x+', '%1' .. tampering.run_id)
    end
    return answer
  end
  redis = setmetatable({
    call = function(name, ...)
      local fault = before(name, ...)
      if fault then error(fault) end
      return after(name, real.call(name, ...))
    end,
    pcall = function(name, ...)
      local fault = before(name, ...)
      if fault then return fault end
      local answer = real.pcall(name, ...)
      if type(answer) == 'table' and answer.err then return answer end
      return after(name, answer)
    end,
  }, { __index = real })
end
`;

function tamperedClient(redis: LedgerClient, tampering: Tampering): LedgerClient {
  const evalsha = async () => {
    throw new Error('NOSCRIPT scripts are wrapped here before they are run');
  };
  const run = async (source: string, keys: number, ...rest: (string | number)[]) => {
    const wrapped = `${WRAPPER}${source}`;
    const args = [keys, ...rest, JSON.stringify(asWritten(tampering))] as const;
    try {
      return await redis.evalsha(sha1(wrapped), ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(wrapped, ...args);
    }
  };
  return new Proxy(redis, {
    get(client, name) {
      if (name === 'evalsha') return evalsha;
      return name === 'eval' ? run : Reflect.get(client, name);
    },
  });
}

function asWritten({ cutAfter, clockSeconds = 0, identity, migrating = false }: Tampering): unknown {
  return {
    cut_after: cutAfter,
    clock_seconds: clockSeconds,
    replid: identity?.replid,
    run_id: identity?.runId,
    migrating,
  };
}

const digests = new Map<string, string>();

function sha1(source: string): string {
  const digest = digests.get(source) ?? createHash('sha1').update(source).digest('hex');
  digests.set(source, digest);
  return digest;
}
