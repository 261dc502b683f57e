-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, attempt, caller, how
-- Ends a hold: `how` is 'commit' to burn the use for good, or 'release' to give it back. Asked again, it answers what
-- became of the use.
-- Returns {tag, word, …} with the words
--   'burned', 'released'   what the use is now: attempt, unix milliseconds, deadline or 0, uses left
--   'unknown'              this attempt of this caller has no use of the token
--   'expired'              the token's minute is forgotten
--   'void'                 its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key, minute)
if not ledger then return problem end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, { nonce, nonce .. '/' .. attempt })
if not bucket then return refuse(ledger, why) end
local token = decode_token(bucket_key, nonce, allowed, bucket.values[1], ledger.now_ms)
local use, field = find_use(token, nonce, attempt, bucket.values[2], ledger.now_ms)
if not use or use.caller ~= caller then return reply('unknown', ledger) end

write_lapsed(bucket, nonce, token)
if use.state == 'held' then
  use.state, use.at = how == 'commit' and 'burned' or 'released', ledger.now_ms
  put(bucket, field, encode_use(use), false)
  local uses = token.uses
  if uses then
    drop_hold(uses, attempt)
    if use.state == 'released' then uses.taken = uses.taken - 1 else uses.at, uses.caller = use.at, caller end
    put(bucket, nonce, encode_uses(uses), false)
  end
  commit(ledger, { bucket })
  return reply_changed(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
end
if #bucket.writes > 0 then commit(ledger, { bucket }) end
return reply(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
