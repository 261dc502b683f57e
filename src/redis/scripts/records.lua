-- What a bucket holds. Fields are added and their values change; none is ever taken away.
--   <nonce>             of a token for one use: its newest use
--                       of a token for more: uses:<taken>:<held>:<latest deadline>:<last burn>:<last caller>
--   <nonce>/<attempt>   of a token for more than one use: each use
--   <nonce>!            revoked:<unix ms> or superseded:<unix ms>
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

local function encode_uses(uses)
  return table.concat({ 'uses', whole(uses.taken), whole(uses.held), whole(uses.deadline), whole(uses.at), uses.caller }, ':')
end

local function decode_uses(record)
  if not record then return { taken = 0, held = 0, deadline = 0, at = 0, caller = '' } end
  local taken, held, deadline, at, caller = string.match(record, '^uses:(%d+):(%d+):(%d+):(%d+):(.*)$')
  if not taken then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  return { taken = tonumber(taken), held = tonumber(held), deadline = tonumber(deadline), at = tonumber(at), caller = caller }
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
