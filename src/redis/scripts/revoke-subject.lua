-- Revokes every token of a subject, or of a subject and purpose, that was minted before now.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name   2 digest of the subject, or of subject and purpose
--       3 the largest generation that a token can carry
-- Returns {'revoked', …}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed, digest, largest = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
if ledger.generation >= largest then ledger = start_epoch(ledger, seed, 'generations-used-up') end
local subjects = open_subjects(ledger)
if not subjects then
  ledger = start_epoch(ledger, seed, 'records-lost')
  subjects = {}
end
local generation = ledger.generation + 1
local fields = put_subject(ledger, subjects, 'r' .. digest, whole(generation))
fields[#fields + 1] = 'generation'
fields[#fields + 1] = generation
return reply_changed('revoked', ledger, fields)
