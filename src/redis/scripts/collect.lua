-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, generation: number, attempt, caller, collector,
--      subject_digest, purpose_digest, kid, note
-- Collects what a burned use grants, for one collector. One atomic decision, recorded like a burn. What was collected
-- before is told again after a revocation; what was not can no longer be collected.
-- Returns {tag, word, …} with the words
--   'collected'              by this collector, now or before: attempt, unix milliseconds of the burn, uses left
--   'collected-by-another'   unix milliseconds of that
--   'revoked', 'superseded'  before anybody has collected it
--   'unknown'                this attempt of this caller has burned no use of the token
--   'expired'                the token's minute is forgotten
--   'void'                   its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key, bucket_key)
if not ledger then return problem end
local mark_field = nonce .. '+' .. attempt
local fields = { nonce, nonce .. '/' .. attempt, mark_field, nonce .. '!', nonce .. '=' }
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, fields)
if not bucket then return refuse(ledger, why) end
local token = decode_token(ledger, minute, allowed, bucket.values[1], bucket.values[5])
local use, field = nil, nil
if token then use, field = find_use(token, nonce, attempt, bucket.values[2]) end
if not use or use.caller ~= caller or use.state ~= 'burned' then return reply('unknown', ledger) end
local subjects = open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest })
if not subjects then return refuse(ledger, 'lost') end

write_lapsed(bucket, nonce, token)
local mark = bucket.values[3]
local refused = ended_by(ledger, bucket.values[4], kid) or subject_revoked(subjects, generation) and 'revoked'
if not mark and not refused then
  put(bucket, mark_field, encode_collection(collector, ledger.now_ms), true)
  if use.waiting then
    use.waiting = false
    put(bucket, field, encode_use(ledger, minute, use), false)
    if token.uses then
      token.uses.waiting = token.uses.waiting - 1
      put_uses(bucket, nonce, token.uses, false)
    end
  end
  record_note(ledger, 'token.collected', note)
  commit(ledger, { bucket })
  return reply_changed('collected', ledger, use.attempt, use.at, use.left)
end
if #bucket.writes > 0 then commit(ledger, { bucket }) end
if not mark then return reply(refused, ledger) end
local first_collector, collected_at = decode_collection(mark)
if first_collector ~= collector then return reply('collected-by-another', ledger, collected_at) end
return reply('collected', ledger, use.attempt, use.at, use.left)
