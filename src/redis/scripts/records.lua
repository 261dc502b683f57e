-- What a bucket holds. Fields are added and their values change; none is ever taken away.
--   <nonce>             of a token for one use: its newest use
--                       of a token for more: uses:<taken>:<holds>:<last burn>:<its caller>, where holds is
--                       <attempt>=<deadline>,…
--   <nonce>/<attempt>   of a token for more than one use: each use
--                       of a token for one use: each that was given back, except the newest use
--   <nonce>~<proof>     the attempt that has shown that proof
--   <nonce>!            revoked:<unix ms> or superseded:<unix ms>
--   <nonce>+<attempt>   of a burned use that was collected: <collector>:<unix ms>
-- A use is <state>:<attempt>:<unix ms>:<deadline or 0>:<uses left>:<caller>; its state is burned, held or released.

local function encode_use(use)
  return table.concat({ use.state, use.attempt, whole(use.at), whole(use.deadline), whole(use.left), use.caller }, ':')
end

-- A use, or nil where there is none. A hold past its deadline is read as what it is: burned at the deadline.
local function decode_use(record, now_ms)
  if not record then return nil end
  local state, attempt, at, deadline, left, caller = string.match(record, '^(%a+):([^:]+):(%d+):(%d+):(%d+):(.*)$')
  if not state then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  local use = { state = state, attempt = attempt, at = tonumber(at), deadline = tonumber(deadline),
    left = tonumber(left), caller = caller }
  if use.state == 'held' and now_ms >= use.deadline then
    use.state, use.at, use.lapsed = 'burned', use.deadline, true
  end
  return use
end

-- The use of this attempt and the field that it is in, or nil.
local function find_use(bucket_key, nonce, attempt, single, now_ms)
  local own_field = nonce .. '/' .. attempt
  local records = redis.call('HMGET', bucket_key, nonce, own_field)
  local newest = single and decode_use(records[1], now_ms)
  if newest and newest.attempt == attempt then return newest, nonce end
  return decode_use(records[2], now_ms), own_field
end

local function encode_collection(collector, now_ms)
  return collector .. ':' .. whole(now_ms)
end

-- Who collected, and when.
local function decode_collection(record)
  local collector, at = string.match(record, '^([^:]+):(%d+)$')
  if not collector then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  return collector, tonumber(at)
end

local function encode_uses(uses)
  local holds = {}
  for index, hold in ipairs(uses.holds) do holds[index] = hold.attempt .. '=' .. whole(hold.deadline) end
  return table.concat({ 'uses', whole(uses.taken), table.concat(holds, ','), whole(uses.at), uses.caller }, ':')
end

-- The uses of a token for more than one. Holds past their deadline are read as what they are: burned at it.
local function decode_uses(bucket_key, nonce, record, now_ms)
  local uses = { taken = 0, holds = {}, at = 0, caller = '' }
  if not record then return uses end
  local taken, holds, at, caller = string.match(record, '^uses:(%d+):([^:]*):(%d+):(.*)$')
  if not taken then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  uses.taken, uses.at, uses.caller = tonumber(taken), tonumber(at), caller
  for attempt, text_deadline in string.gmatch(holds, '([^=,]+)=(%d+)') do
    local deadline = tonumber(text_deadline)
    if now_ms < deadline then
      uses.holds[#uses.holds + 1] = { attempt = attempt, deadline = deadline }
    elseif deadline >= uses.at then
      local use = decode_use(redis.call('HGET', bucket_key, nonce .. '/' .. attempt), now_ms)
      uses.at, uses.caller = deadline, use.caller
    end
  end
  return uses
end

-- The deadline of the hold that lasts longest, or nil when none is held.
local function latest_deadline(uses)
  local latest = nil
  for _, hold in ipairs(uses.holds) do latest = math.max(latest or 0, hold.deadline) end
  return latest
end

local function drop_hold(uses, attempt)
  for index, hold in ipairs(uses.holds) do
    if hold.attempt == attempt then return table.remove(uses.holds, index) end
  end
end

-- The bucket of a token of the living epoch, or nil and the word that says why there is none.
local function open_bucket(ledger, bucket_key, token_epoch, minute)
  if ledger.epoch ~= token_epoch then return nil, 'void' end
  if bucket_key ~= key_of(ledger.meta_key, 'b:' .. token_epoch .. ':' .. whole(minute)) then
    error(redis.error_reply('MISCONFIGURED the bucket key does not fit the token'))
  end
  if minute <= ledger.forgotten then return nil, 'expired' end
  local counted = ledger.counts[minute] or tonumber(redis.call('HGET', ledger.meta_key, 'b' .. whole(minute)) or '0')
  if redis.call('HLEN', bucket_key) ~= counted then return nil, 'lost' end
  return { key = bucket_key, minute = minute, counted = counted, first = counted == 0 }
end

local function put(bucket, field, record)
  bucket.counted = bucket.counted + redis.call('HSET', bucket.key, field, record)
end

-- The fields of meta that the bucket's new size is. Sets the expiry of a bucket that has just begun.
local function sizes(bucket)
  if bucket.first then
    redis.call('EXPIREAT', bucket.key, whole((bucket.minute + 1) * 60 + REMEMBERED_SECONDS + CLOCK_MARGIN_SECONDS))
  end
  return { 'b' .. whole(bucket.minute), bucket.counted }
end

-- Ends the epoch when a bucket was found to have lost a record. Returns the reply for a token without a bucket.
local function refuse(ledger, word, seed)
  if word == 'lost' then return reply('void', start_epoch(ledger, seed, 'records-lost')) end
  return reply(word, ledger)
end
