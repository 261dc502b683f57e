-- Revokes a token, unless no use of it is left.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 random seed of a new epoch's name   2 the token's epoch   3 its expiry minute   4 its nonce
--       5 its uses   6 unix milliseconds from which it cannot be burned
-- Returns {word, …} with the words
--   'revoked', 'superseded'   by this call, or before
--   'already-burned'          too late: unix milliseconds and caller of the last burn
--   'expired', 'void'         it can no longer be redeemed anyway
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, bucket_key, seed, token_epoch = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local minute, nonce, allowed, burnable_until = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

local ledger, problem = open_ledger(meta_key, seed, minute)
if not ledger then return problem end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute)
if not bucket then return refuse(ledger, why, seed) end
local records = redis.call('HMGET', bucket_key, nonce, nonce .. '!')
if records[2] then return reply(string.match(records[2], '^%a+'), ledger) end
if allowed == 1 then
  local use = decode_use(records[1], ledger.now_ms)
  if use and use.state == 'burned' then return reply('already-burned', ledger, use.at, use.caller) end
else
  local uses = decode_uses(bucket_key, nonce, records[1], ledger.now_ms)
  if uses.taken >= allowed and #uses.holds == 0 then return reply('already-burned', ledger, uses.at, uses.caller) end
end
if ledger.now_ms >= burnable_until then return reply('expired', ledger) end
put(bucket, nonce .. '!', 'revoked:' .. whole(ledger.now_ms))
return reply_changed('revoked', ledger, sizes(bucket))
