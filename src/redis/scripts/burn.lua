-- Takes one use of a token, for good or as a hold. One atomic decision.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 random seed of a new epoch's name   2 the token's epoch   3 its expiry minute   4 its nonce
--       5 its uses   6 its generation   7 unix milliseconds from which it cannot be burned
--       8 attempt   9 caller   10 seconds to hold it, 0 to burn it now
--       11 digest of the subject   12 digest of subject and purpose   13 name of a proof, or ''
-- Returns {word, …} with the words
--   'burned', 'held', 'released'   this attempt's use: attempt, unix milliseconds, deadline or 0, uses left
--                                  (by this call if it changed anything, else as it was asked before)
--   'already-burned'               no use is left: unix milliseconds and caller of the last burn
--   'held-by-another'              no use is left, but one is held: unix milliseconds of the latest deadline
--   'revoked', 'superseded'
--   'proof-used'                   another attempt has shown the same proof
--   'expired'                      or its minute is forgotten
--   'void'                         its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, bucket_key, seed, token_epoch = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local minute, nonce, allowed, generation = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local burnable_until, attempt, caller, hold_seconds = tonumber(ARGV[7]), ARGV[8], ARGV[9], tonumber(ARGV[10])
local subject_digest, purpose_digest, proof = ARGV[11], ARGV[12], ARGV[13]

local ledger, problem = open_ledger(meta_key, seed, minute)
if not ledger then return problem end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute)
if not bucket then return refuse(ledger, why, seed) end
local now = ledger.now_ms
local records = redis.call('HMGET', bucket_key, nonce, nonce .. '!', nonce .. '/' .. attempt)
local single, whole_token, mark = allowed == 1, records[1], records[2]

local function told(use, changed)
  if changed then
    return reply_changed(use.state, ledger, sizes(bucket), use.attempt, use.at, use.deadline, use.left)
  end
  return reply(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
end

local newest = single and decode_use(whole_token, now)
local own = decode_use(records[3], now)
if newest and newest.attempt == attempt then own = newest end
if newest and newest.lapsed then put(bucket, nonce, encode_use(newest)) end
if own and own.lapsed and not single then put(bucket, nonce .. '/' .. attempt, encode_use(own)) end
if own then return told(own, false) end

if now >= burnable_until then return reply('expired', ledger) end
local uses = not single and decode_uses(bucket_key, nonce, whole_token, now)
if single and newest and newest.state == 'held' then return reply('held-by-another', ledger, newest.deadline) end
if single and newest and newest.state == 'burned' then return reply('already-burned', ledger, newest.at, newest.caller) end
if uses and uses.taken >= allowed then
  local deadline = latest_deadline(uses)
  if deadline then return reply('held-by-another', ledger, deadline) end
  return reply('already-burned', ledger, uses.at, uses.caller)
end
if mark then return reply(string.match(mark, '^%a+'), ledger) end
local subjects = open_subjects(ledger)
if not subjects then return refuse(ledger, 'lost', seed) end
if subject_revoked(subjects, generation, subject_digest, purpose_digest) then return reply('revoked', ledger) end
if proof ~= '' then
  if redis.call('HEXISTS', bucket_key, nonce .. '~' .. proof) == 1 then return reply('proof-used', ledger) end
  put(bucket, nonce .. '~' .. proof, attempt)
end

local use = { state = 'burned', attempt = attempt, at = now, deadline = 0, left = 0, caller = caller }
if hold_seconds > 0 then use.state, use.deadline = 'held', now + hold_seconds * 1000 end
if single then
  if newest then put(bucket, nonce .. '/' .. newest.attempt, encode_use(newest)) end
  put(bucket, nonce, encode_use(use))
else
  use.left = allowed - uses.taken - 1
  uses.taken = uses.taken + 1
  if hold_seconds > 0 then
    uses.holds[#uses.holds + 1] = { attempt = attempt, deadline = use.deadline }
  else
    uses.at, uses.caller = now, caller
  end
  put(bucket, nonce, encode_uses(uses))
  put(bucket, nonce .. '/' .. attempt, encode_use(use))
end
return told(use, true)
