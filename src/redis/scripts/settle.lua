-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, attempt, caller, how, note
-- Ends a hold: `how` is 'commit' to burn the use for good, or 'release' to give it back. Asked again, it answers what
-- became of the use. A token that was given back too often is burned instead. A hold that was revoked is not committed,
-- even if it has lapsed: it can only be given back. `note` is the event that is recorded if this ends the hold.
-- Returns {tag, word, …} with the words
--   'burned', 'released'   what the use is now: attempt, unix milliseconds, deadline or 0, uses left
--   'revoked', 'superseded'   instead of a commit
--   'unknown'              this attempt of this caller has no use of the token
--   'expired'              the token's minute is forgotten
--   'void'                 its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key, bucket_key)
if not ledger then return problem end
local fields = { nonce, nonce .. '/' .. attempt, nonce .. '!', nonce .. '=' }
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, fields)
if not bucket then return refuse(ledger, why) end
local token = decode_token(ledger, minute, allowed, bucket.values[1], bucket.values[4])
local use, field = nil, nil
if token then use, field = find_use(token, nonce, attempt, bucket.values[2]) end
if not use or use.caller ~= caller then return reply('unknown', ledger) end

-- Why a hold must not be committed, if it was not before.
local function revocation()
  if how ~= 'commit' or not is_unsettled(use) then return nil end
  local subject_digest, purpose_digest, generation, kid = decode_about(use.about)
  local ended = ended_by(ledger, bucket.values[3], text(kid))
  if ended then return ended end
  local subjects = open_subjects(ledger, { 'r' .. text(subject_digest), 'r' .. text(purpose_digest) })
  if not subjects then return 'lost' end
  return generation and subject_revoked(subjects, generation) and 'revoked'
end

local revoked = revocation()
if revoked == 'lost' then return refuse(ledger, 'lost') end
write_lapsed(bucket, nonce, token)
if revoked then
  if #bucket.writes > 0 then commit(ledger, { bucket }) end
  return reply(revoked, ledger)
end
if use.state == 'held' or how == 'commit' and is_unsettled(use) then
  local uses = token.uses
  local is_given_back = how == 'release' and (uses or use).given_back < MOST_RELEASES
  -- One that lapsed stays burned at its deadline, as everybody was told.
  if use.state == 'held' then use.state, use.at = is_given_back and 'released' or 'burned', ledger.now_ms end
  use.deadline, use.about = 0, ''
  put(bucket, field, encode_use(ledger, minute, use), false)
  if uses then
    drop_hold(uses, attempt)
    if is_given_back then
      uses.taken, uses.given_back = uses.taken - 1, uses.given_back + 1
    elseif use.at >= uses.at then
      uses.at, uses.caller = use.at, caller
    end
    put_uses(bucket, nonce, uses, false)
  end
  record_note(ledger, is_given_back and 'token.released' or 'token.committed', note)
  commit(ledger, { bucket })
  return reply_changed(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
end
if #bucket.writes > 0 then commit(ledger, { bucket }) end
return reply(use.state, ledger, use.attempt, use.at, use.deadline, use.left)
