-- Collects what a burned use grants, for one collector. One atomic decision, recorded like a burn.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 tag   2 the token's epoch   3 its expiry minute   4 its nonce   5 its uses
--       6 attempt   7 caller   8 collector
-- Returns {tag, word, …} with the words
--   'collected'              by this collector, now or before: attempt, unix milliseconds of the burn, uses left
--   'collected-by-another'   unix milliseconds of that
--   'unknown'                this attempt of this caller has burned no use of the token
--   'expired'                the token's minute is forgotten
--   'void'                   its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local meta_key, bucket_key, token_epoch = KEYS[1], KEYS[2], ARGV[2]
local minute, nonce, allowed = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local attempt, caller, collector = ARGV[6], ARGV[7], ARGV[8]

local ledger, problem = open_ledger(meta_key, minute)
if not ledger then return problem end
local mark_field = nonce .. '+' .. attempt
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, { nonce, nonce .. '/' .. attempt, mark_field })
if not bucket then return refuse(ledger, why) end
local token = decode_token(bucket_key, nonce, allowed, bucket.values[1], ledger.now_ms)
local use = find_use(token, nonce, attempt, bucket.values[2], ledger.now_ms)
if not use or use.caller ~= caller or use.state ~= 'burned' then return reply('unknown', ledger) end

write_lapsed(bucket, nonce, token)
local mark = bucket.values[3]
if not mark then
  put(bucket, mark_field, encode_collection(collector, ledger.now_ms), true)
  commit(ledger, { bucket })
  return reply_changed('collected', ledger, use.attempt, use.at, use.left)
end
if #bucket.writes > 0 then commit(ledger, { bucket }) end
local first_collector, collected_at = decode_collection(mark)
if first_collector ~= collector then return reply('collected-by-another', ledger, collected_at) end
return reply('collected', ledger, use.attempt, use.at, use.left)
