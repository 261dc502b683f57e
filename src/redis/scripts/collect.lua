-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, attempt, caller, collector
-- Collects what a burned use grants, for one collector. One atomic decision, recorded like a burn.
-- Returns {tag, word, …} with the words
--   'collected'              by this collector, now or before: attempt, unix milliseconds of the burn, uses left
--   'collected-by-another'   unix milliseconds of that
--   'unknown'                this attempt of this caller has burned no use of the token
--   'expired'                the token's minute is forgotten
--   'void'                   its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

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
