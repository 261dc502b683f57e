-- What every ledger script begins with. It is put in front of the script that is run.
--
-- meta hash, one per shard:
--   epoch          the living epoch's id               identity      master_replid of the server it lives on
--   format         layout of keys and records          total         burns recorded in this epoch
--   forgotten      expiry minute up to which nothing   reason        why this epoch began
--                  is remembered and nothing burns     started_at    when it began, unix milliseconds
--   b<minute>      how many records the bucket of that expiry minute must hold
-- bucket hash, one per shard, epoch and expiry minute:
--   <nonce>        burned:<attempt>:<unix milliseconds>:<caller>

local FORMAT = '1'
local REMEMBERED_SECONDS = 600   -- burns are remembered and counted this long after their token's minute
local CLOCK_MARGIN_SECONDS = 600 -- Redis itself drops a bucket only this much later
local CLOCK_SLACK_SECONDS = 120  -- how far the clock may be behind the forgotten minute without alarm

local function text(value)
  if value then return value end
  return ''
end

-- Starts a new epoch: from now on every token of the old one is void. The old buckets expire by themselves.
local function start_epoch(meta_key, fresh_epoch, identity, now_ms, reason)
  redis.call('UNLINK', meta_key)
  redis.call('HSET', meta_key, 'epoch', fresh_epoch, 'identity', identity, 'format', FORMAT,
    'total', 0, 'reason', reason, 'started_at', string.format('%.0f', now_ms))
  return { epoch = fresh_epoch, total = 0, now_ms = now_ms, identity = identity }
end

-- Reads who this server is and what it remembers. Returns the ledger, or nil and an error reply.
-- The ledger lacks `epoch` when this memory is not the unbroken one that the epoch belongs to;
-- `broken` then says why.
local function read_ledger(meta_key, minute)
  local replication = redis.call('INFO', 'replication')
  if not string.find(replication, '\nrole:master', 1, true) then
    return nil, redis.error_reply('READONLY this server is not a master')
  end
  local identity = string.match(replication, '\nmaster_replid:(%x+)')
  if not identity then
    return nil, redis.error_reply('NOIDENTITY this server does not tell scripts its master_replid')
  end
  local time = redis.call('TIME')
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  local meta = redis.call('HMGET', meta_key, 'epoch', 'identity', 'format', 'total', 'forgotten', 'b' .. minute)
  local ledger = { now_ms = now_ms, identity = identity, total = 0 }
  local forgotten = tonumber(meta[5])
  if not meta[1] then
    ledger.broken = 'no-epoch'
  elseif meta[2] ~= identity then
    ledger.broken = 'identity-changed'
  elseif meta[3] ~= FORMAT then
    return nil, redis.error_reply('MISCONFIGURED the ledger has format ' .. text(meta[3]) .. ', this service writes ' .. FORMAT)
  elseif forgotten and math.floor((now_ms / 1000 + CLOCK_SLACK_SECONDS) / 60) < forgotten then
    ledger.broken = 'clock-went-back'
  else
    ledger.epoch, ledger.total = meta[1], tonumber(meta[4])
    ledger.forgotten, ledger.counted = forgotten or -1, tonumber(meta[6] or '0')
  end
  return ledger
end

-- The same, but a broken memory begins a new epoch at once.
local function open_ledger(meta_key, fresh_epoch, minute)
  local ledger, problem = read_ledger(meta_key, minute)
  if not ledger then return nil, problem end
  if ledger.broken then
    return start_epoch(meta_key, fresh_epoch, ledger.identity, ledger.now_ms, ledger.broken)
  end
  return ledger
end

local function reply(word, ledger, ...)
  return { word, text(ledger.epoch), ledger.total, ledger.now_ms, ... }
end
