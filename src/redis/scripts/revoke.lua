-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, burnable_until: number, note
-- Revokes a token. It is recorded even if no use is left, so that no attempt gets its answer again, and whatever the
-- clock says, since the clock may go back.
-- From `burnable_until` on, in unix milliseconds, the token cannot be burned anyway. `note` is the event that is recorded if
-- this call revokes it.
-- Returns {tag, word, …} with the words
--   'revoked', 'superseded'   by this call, or before
--   'already-burned'          as 'revoked', but every use was burned before, and none is to be collected or was held
--                             and not ended: unix milliseconds and caller of the last burn
--   'expired'                 as 'revoked', and it has expired besides; or its minute is forgotten
--   'unknown'                 this service has minted no such token
--   'void'                    its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key, bucket_key)
if not ledger then return problem end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, { nonce, nonce .. '!', nonce .. '=' })
if not bucket then return refuse(ledger, why) end
local token = decode_token(ledger, minute, allowed, bucket.values[1], bucket.values[3])
if not token then return reply('unknown', ledger) end
local mark = bucket.values[2]

write_lapsed(bucket, nonce, token)
local state, at, last_caller = exhausted(token, allowed, bucket_key, nonce)
local is_spent = state == 'burned' and not is_unfinished(token)
if not mark then
  put_mark(bucket, nonce, 'revoked:' .. whole(ledger.now_ms))
  record_note(ledger, 'token.revoked', note)
end
if #bucket.writes > 0 then commit(ledger, { bucket }) end
local tell = bucket.added > 0 and reply_changed or reply
if is_spent then return tell('already-burned', ledger, at, last_caller) end
if ledger.now_ms >= burnable_until then return tell('expired', ledger) end
return tell(mark and string.match(mark, '^%a+') or 'revoked', ledger)
