-- What every ledger script begins with. It is put in front of the script that is run.
--
-- meta hash, one per shard:
--   epoch          the living epoch's id               identity      master_replid of the server it lives on
--   format         layout of keys and records          changes       changes recorded in this epoch
--   forgotten      expiry minute up to which nothing   generation    revocations by subject in this epoch
--                  is remembered and nothing burns     reason        why this epoch began
--   started_at     when it began, unix milliseconds    subjects      numbers of the subject buckets, by comma
--   seal           digest of the ticket that reopens   sealed_until  unix milliseconds
--   b<minute>      how many fields the bucket of that expiry minute must hold
--   s<number>      how many fields the subject bucket of that number must hold
-- bucket hash, one per shard, epoch and expiry minute: see records.lua
-- subject bucket hash, one per shard, epoch and two hours: see subjects.lua
-- deposits, each under a key of its own: see deposits.lua

local FORMAT = '1'
local REMEMBERED_SECONDS = 600   -- records are remembered and counted this long after their token's minute
local CLOCK_MARGIN_SECONDS = 600 -- Redis itself drops a bucket only this much later
local CLOCK_SLACK_SECONDS = 120  -- how far the clock may be behind the forgotten minute without alarm
local PERIOD_SECONDS = 7200      -- of a subject bucket
local LONGEST_LIFE_SECONDS = 3600 + 60 -- of a token: the longest lifetime, and the largest clock tolerance

local function text(value)
  if value then return value end
  return ''
end

local function whole(number)
  return string.format('%.0f', number)
end

-- Every key of the shard is named after its meta key, which ends in 'm'.
local function key_of(meta_key, name)
  return string.sub(meta_key, 1, -2) .. name
end

-- A name that no epoch had before: 96 bits, in 16 base64url characters. The seed is random and drawn for
-- each sending; server and time are mixed in, so that a command that is sent twice names two epochs.
local function epoch_name(ledger, seed)
  local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  local digest = redis.sha1hex(table.concat({ seed, ledger.identity, ledger.time[1], ledger.time[2] }, ' '))
  local name = {}
  for index = 1, 24, 3 do
    local bits = tonumber(string.sub(digest, index, index + 2), 16)
    local high, low = math.floor(bits / 64) + 1, bits % 64 + 1
    name[#name + 1] = string.sub(alphabet, high, high) .. string.sub(alphabet, low, low)
  end
  return table.concat(name)
end

-- Starts a new epoch: from now on every token of the old one is void. The old buckets expire by themselves.
local function start_epoch(ledger, seed, reason)
  local epoch = epoch_name(ledger, seed)
  redis.call('UNLINK', ledger.meta_key)
  redis.call('HSET', ledger.meta_key, 'epoch', epoch, 'identity', ledger.identity, 'format', FORMAT,
    'changes', 0, 'generation', 0, 'subjects', '', 'reason', reason, 'started_at', whole(ledger.now_ms))
  return { meta_key = ledger.meta_key, identity = ledger.identity, now_ms = ledger.now_ms, time = ledger.time,
    epoch = epoch, changes = 0, generation = 0, forgotten = -1, subjects = '', counts = {} }
end

-- Reads who this server is and what it remembers. Returns the ledger, or nil and an error reply.
-- The ledger lacks `epoch` when this memory is not the unbroken one that the epoch belongs to;
-- `broken` then says why. With a minute, the size of its bucket is read along.
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
  local meta = redis.call('HMGET', meta_key, 'epoch', 'identity', 'format', 'changes', 'forgotten',
    'generation', 'subjects', 'sealed_until', 'b' .. (minute or ''))
  local ledger = { meta_key = meta_key, now_ms = now_ms, time = time, identity = identity, changes = 0, generation = 0, counts = {} }
  local forgotten, sealed_until = tonumber(meta[5]), tonumber(meta[8])
  if sealed_until and now_ms < sealed_until then
    return nil, redis.error_reply('SEALED the ledger is sealed for a planned restart')
  end
  if not meta[1] then
    ledger.broken = 'no-epoch'
  elseif sealed_until then
    ledger.broken = 'seal-not-reopened'
  elseif meta[2] ~= identity then
    ledger.broken = 'identity-changed'
  elseif not (meta[3] and meta[4] and meta[6] and meta[7]) then
    ledger.broken = 'records-lost'
  elseif meta[3] ~= FORMAT then
    return nil, redis.error_reply('MISCONFIGURED the ledger has format ' .. text(meta[3]) .. ', this service writes ' .. FORMAT)
  elseif forgotten and math.floor((now_ms / 1000 + CLOCK_SLACK_SECONDS) / 60) < forgotten then
    ledger.broken = 'clock-went-back'
  else
    ledger.epoch, ledger.changes = meta[1], tonumber(meta[4])
    ledger.forgotten, ledger.generation = forgotten or -1, tonumber(meta[6])
    ledger.subjects = text(meta[7])
    if minute then ledger.counts[minute] = tonumber(meta[9] or '0') end
  end
  return ledger
end

-- The newest minute whose records are remembered no longer.
local function ended_minute(ledger)
  return math.floor((ledger.now_ms / 1000 - REMEMBERED_SECONDS) / 60) - 1
end

-- The second after which no token lives that a subject bucket can concern.
local function subjects_over(number)
  return (number + 1) * PERIOD_SECONDS + LONGEST_LIFE_SECONDS
end

-- Drops the buckets whose tokens ended long ago, for good: their minutes are never burned in again.
local function forget_ended(ledger)
  local ended = ended_minute(ledger)
  if ended <= ledger.forgotten then return end
  for _, field in ipairs(redis.call('HKEYS', ledger.meta_key)) do
    local minute = tonumber(string.match(field, '^b(%d+)$'))
    if minute and minute <= ended then
      redis.call('HDEL', ledger.meta_key, field)
      redis.call('UNLINK', key_of(ledger.meta_key, 'b:' .. ledger.epoch .. ':' .. whole(minute)))
    end
    local number = tonumber(string.match(field, '^s(%d+)$'))
    if number and subjects_over(number) <= ended * 60 then
      redis.call('HDEL', ledger.meta_key, field)
      redis.call('UNLINK', key_of(ledger.meta_key, 's:' .. ledger.epoch .. ':' .. whole(number)))
    end
  end
  redis.call('HSET', ledger.meta_key, 'forgotten', ended)
  ledger.forgotten = ended
end

-- The ledger, to be changed. A broken memory begins a new epoch at once.
local function open_ledger(meta_key, seed, minute)
  local ledger, problem = read_ledger(meta_key, minute)
  if not ledger then return nil, problem end
  if ledger.broken then return start_epoch(ledger, seed, ledger.broken) end
  forget_ended(ledger)
  return ledger
end

-- {word, epoch, changes so far, now in unix milliseconds, whether this call changed anything (1 or 0), ...}
local function reply(word, ledger, ...)
  return { word, text(ledger.epoch), ledger.changes, ledger.now_ms, 0, ... }
end

-- The same, and counts the change. `...` are further fields of meta to set, if any, in a table.
local function reply_changed(word, ledger, fields, ...)
  ledger.changes = ledger.changes + 1
  fields[#fields + 1] = 'changes'
  fields[#fields + 1] = ledger.changes
  redis.call('HSET', ledger.meta_key, unpack(fields))
  return { word, ledger.epoch, ledger.changes, ledger.now_ms, 1, ... }
end
