-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, generation: number, burnable_from: number, burnable_until: number, attempt, caller,
--      terms, origin, note
-- Takes one use of a token, for good or as a hold. One atomic decision.
-- The token can be burned from `burnable_from` on and before `burnable_until`, in unix milliseconds. `terms` is
-- '<allowed> <hold_seconds> <to_collect> <proof>': how many uses the token has; 0 to burn one now; 1 if somebody is to collect
-- what it grants, else 0; the name of the proof that is burned with it, or nothing. `origin` is
-- '<subject_digest> <purpose_digest> <kid>', the last of the key that signed the token. They are few texts, since Redis takes
-- time for each. `note` is the event that is recorded if the use is taken.
-- Returns '<tag> <epoch> <changes so far> <now in unix milliseconds> <attempt>' if this call burned the token in the usual
-- way (usual-burn.lua), else {tag, word, …} with the words
--   'burned', 'held', 'released'   this attempt's use: attempt, unix milliseconds, deadline or 0, uses left
--                                  (by this call if it changed anything, else as it was asked before)
--   'already-burned'               no use is left: unix milliseconds and caller of the last burn
--   'held-by-another'              no use is left, but one is held: unix milliseconds of the latest deadline
--   'revoked', 'superseded'        also for the use that this attempt has, unless it gave it back; also if its key was
--   'proof-used'                   another attempt has shown the same proof, or this one repeats with too many
--   'early'                        the clock is behind the time of its minting: by so many milliseconds
--   'expired'                      or its minute is forgotten
--   'void'                         its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local uses_text, hold_text, collect_text, proof = string.match(terms, '^(%d+) (%d+) ([01]) (%S*)$')
local subject_digest, purpose_digest, kid = string.match(origin, '^(%S+) (%S+) (.*)$')
local allowed, hold_seconds = tonumber(uses_text), tonumber(hold_text)
local ledger, problem = open_ledger(meta_key, bucket_key)
if not ledger then return problem end
if went_back(ledger, token_epoch, generation) then return refuse(ledger, 'went-back') end
local fields = { nonce, nonce .. '!', nonce .. '/' .. attempt, nonce .. '=' }
if proof ~= '' then fields[5], fields[6] = nonce .. '~' .. proof, nonce .. '~' end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, fields)
if not bucket then return refuse(ledger, why, true) end
local now, written, own_record = ledger.now_ms, bucket.values[1], bucket.values[3]
local ended = ended_by(ledger, bucket.values[2], kid)
local shown_by, repeats = shown_proof(proof, bucket.values[5], bucket.values[6])
local token = decode_token(ledger, minute, allowed, written, bucket.values[4])
if not token then return error(redis.error_reply(NOT_OURS)) end
local own = find_use(token, nonce, attempt, own_record)
local newest, uses = token.newest, token.uses
local subjects = open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest })
if not subjects then return refuse(ledger, 'lost') end

write_lapsed(bucket, nonce, token)
local function answer(...)
  if #bucket.writes > 0 then commit(ledger, { bucket }) end
  return reply(...)
end

if own then
  -- Nothing is granted after a revocation, nor granted again.
  if own.state ~= 'released' then
    if ended then return answer(ended, ledger) end
    if subject_revoked(subjects, generation) then return answer('revoked', ledger) end
  end
  if proof ~= '' and own.state ~= 'released' and shown_by ~= attempt then
    if shown_by or #repeats >= MOST_REPEATS then return answer('proof-used', ledger) end
    put_repeat(bucket, nonce, repeats, proof, attempt)
  end
  return answer(own.state, ledger, own.attempt, own.at, own.deadline, own.left)
end
if now >= burnable_until then return answer('expired', ledger) end
local state, at, last_caller = exhausted(token, allowed, bucket_key, nonce)
if state == 'held' then return answer('held-by-another', ledger, at) end
if state == 'burned' then return answer('already-burned', ledger, at, last_caller) end
if ended then return answer(ended, ledger) end
if subject_revoked(subjects, generation) then return answer('revoked', ledger) end
if shown_by then return answer('proof-used', ledger) end
if now < burnable_from then return answer('early', ledger, burnable_from - now) end

local use = { state = 'burned', attempt = attempt, at = now, deadline = 0, left = 0, caller = caller, about = '',
  given_back = 0, waiting = collect_text == '1' and hold_seconds == 0 }
if hold_seconds > 0 then
  use.state, use.deadline = 'held', now + hold_seconds * 1000
  use.about = encode_about(subject_digest, purpose_digest, generation, kid)
end
if proof ~= '' then put(bucket, nonce .. '~' .. proof, attempt, true) end
if uses then
  use.left = allowed - uses.taken - 1
  uses.taken = uses.taken + 1
  if hold_seconds > 0 then
    add_hold(uses, attempt, use.deadline)
  else
    uses.at, uses.caller = now, caller
    if use.waiting then uses.waiting = uses.waiting + 1 end
  end
  put_uses(bucket, nonce, uses, not written)
  put(bucket, nonce .. '/' .. attempt, encode_use(ledger, minute, use), true)
else
  if newest then
    use.given_back, newest.given_back = newest.given_back + 1, 0
    put(bucket, nonce .. '/' .. newest.attempt, encode_use(ledger, minute, newest), true)
  end
  put(bucket, nonce, encode_use(ledger, minute, use), not written)
end
record_note(ledger, use.state == 'held' and 'token.held' or 'token.redeemed', note)
commit(ledger, { bucket })
return reply_changed(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
