-- Tells what is recorded of a token. Writes nothing.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 the token's epoch   2 its expiry minute   3 its nonce   4 its uses   5 its generation
--       6 digest of the subject   7 digest of subject and purpose; both '' when they are not known
-- Returns {word, …} with the words
--   'burned'                  no use is left: unix milliseconds and caller of the last burn
--   'held'                    no use is left, but one is held: unix milliseconds of the latest deadline
--   'revoked', 'superseded'
--   'unrecorded'              nothing stands against it: uses left
--   'void'                    its epoch does not live, or has lost a record; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, bucket_key, token_epoch, minute, nonce = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local allowed, generation, subject_digest, purpose_digest = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]

local ledger, problem = read_ledger(meta_key, minute)
if not ledger then return problem end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute)
if ledger.epoch and minute <= ended_minute(ledger) then why = 'expired' end
if why == 'lost' then return reply('void', ledger) end
if why == 'expired' then return reply('unrecorded', ledger, allowed) end
if not bucket then return reply(why, ledger) end
local records = redis.call('HMGET', bucket_key, nonce, nonce .. '!')
local left = allowed
if allowed == 1 then
  local use = decode_use(records[1], ledger.now_ms)
  if use and use.state == 'held' then return reply('held', ledger, use.deadline) end
  if use and use.state == 'burned' then return reply('burned', ledger, use.at, use.caller) end
else
  local uses = decode_uses(bucket_key, nonce, records[1], ledger.now_ms)
  left = allowed - uses.taken
  if left == 0 and #uses.holds > 0 then return reply('held', ledger, latest_deadline(uses)) end
  if left == 0 then return reply('burned', ledger, uses.at, uses.caller) end
end
if records[2] then return reply(string.match(records[2], '^%a+'), ledger) end
local subjects = open_subjects(ledger)
if not subjects then return reply('void', ledger) end
if subject_digest ~= '' and subject_revoked(subjects, generation, subject_digest, purpose_digest) then
  return reply('revoked', ledger)
end
return reply('unrecorded', ledger, left)
