-- KEYS meta_key
-- ARGV digest, largest: number, note
-- Revokes every token of a subject, or of a subject and purpose, that was minted before now. `digest` is that of the
-- subject, or of subject and purpose; `largest` is the largest generation that a token can carry; `note` is the event that
-- is recorded.
-- Returns {tag, 'revoked', …, the epochs that the living one replaced by comma}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
local subjects = open_subjects(ledger, { 'r' .. digest })
local newest = subjects and newest_subjects(ledger, subjects)
-- A new epoch revokes them all.
local reason = not newest and 'records-lost' or ledger.generation >= largest and 'generations-used-up'
record_note(ledger, 'subject.revoked', note)
if reason then
  ledger = start_epoch(ledger, reason)
  return reply_changed('revoked', ledger, ledger.previous)
end

local generation = ledger.generation + 1
local fields = subjects_field(subjects)
fields[3], fields[4] = 'generation', generation
put(newest, 'r' .. digest, whole(generation), not newest.values[1])
commit(ledger, subjects, fields)
return reply_changed('revoked', ledger, ledger.previous)
