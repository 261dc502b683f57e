-- Burns a token, unless it is burned, expired or void. One atomic decision.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 fresh epoch id, never used before   2 the token's epoch   3 its expiry minute
--       4 unix milliseconds from which it cannot be burned   5 its nonce   6 attempt   7 caller
-- Returns {word, epoch, total, now in unix milliseconds, ...} with the words
--   'burned-now'      attempt                            by this very call
--   'burned-before'   attempt, unix milliseconds         by this same attempt, asked before
--   'already-burned'  attempt of that burn, unix milliseconds, caller
--   'expired'         or its minute is forgotten
--   'void'            its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED
local meta_key, bucket_key = KEYS[1], KEYS[2]
local fresh_epoch, token_epoch, minute, burnable_until_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local nonce, attempt, caller = ARGV[5], ARGV[6], ARGV[7]

local function bucket_of(other_minute)
  return string.sub(meta_key, 1, -2) .. 'b:' .. token_epoch .. ':' .. string.format('%d', other_minute)
end

local function forget_ended_buckets(ledger)
  local ended = math.floor((ledger.now_ms / 1000 - REMEMBERED_SECONDS) / 60) - 1
  if ended <= ledger.forgotten then return end
  for _, field in ipairs(redis.call('HKEYS', meta_key)) do
    local counted_minute = tonumber(string.match(field, '^b(%d+)$'))
    if counted_minute and counted_minute <= ended then
      redis.call('HDEL', meta_key, field)
      redis.call('UNLINK', bucket_of(counted_minute))
    end
  end
  redis.call('HSET', meta_key, 'forgotten', ended)
end

local ledger, problem = open_ledger(meta_key, fresh_epoch, minute)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
if bucket_key ~= bucket_of(minute) then
  return redis.error_reply('MISCONFIGURED the bucket key does not fit the token')
end
if ledger.now_ms >= burnable_until_ms or minute <= ledger.forgotten then return reply('expired', ledger) end
if redis.call('HLEN', bucket_key) ~= ledger.counted then
  return reply('void', start_epoch(meta_key, fresh_epoch, ledger.identity, ledger.now_ms, 'records-lost'))
end

local record = redis.call('HGET', bucket_key, nonce)
if record then
  local first_attempt, burned_at, first_caller = string.match(record, '^burned:([^:]+):(%d+):(.*)$')
  if not first_attempt then return redis.error_reply('MISCONFIGURED a record is not one of this service') end
  if first_attempt == attempt then return reply('burned-before', ledger, attempt, tonumber(burned_at)) end
  return reply('already-burned', ledger, first_attempt, tonumber(burned_at), first_caller)
end

redis.call('HSET', bucket_key, nonce, string.format('burned:%s:%.0f:%s', attempt, ledger.now_ms, caller))
ledger.total = ledger.total + 1
redis.call('HSET', meta_key, 'b' .. minute, ledger.counted + 1, 'total', ledger.total)
if ledger.counted == 0 then
  redis.call('EXPIREAT', bucket_key, (minute + 1) * 60 + REMEMBERED_SECONDS + CLOCK_MARGIN_SECONDS)
  forget_ended_buckets(ledger)
end
return reply('burned-now', ledger, attempt)
