-- KEYS meta_key, bucket_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, generation: number, subject_digest, purpose_digest, kid
-- Reads what is recorded of a token. Writes nothing but that a hold has lapsed, if it has. The digests are '' if they
-- are not known: then revocations by subject are not seen; nor are those of its key if `kid` is ''.
-- Returns {tag, word, …} with the words
--   'burned'                  no use is left: unix milliseconds and caller of the last burn
--   'held'                    no use is left, but one is held: unix milliseconds of the latest deadline
--   'revoked', 'superseded'   also if a use can therefore no longer be collected, or committed after its deadline
--   'unknown'                 this service has minted no such token
--   'unrecorded'              nothing stands against it: uses left
--   'void'                    its epoch does not live, or has lost a record; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = read_ledger(meta_key, bucket_key)
if not ledger then return problem end
-- What a script that writes would forget first: Redis itself may have dropped it by now.
if ledger.epoch then ledger.forgotten = math.max(ledger.forgotten, ended_minute(ledger.now_ms)) end
local bucket, why = open_bucket(ledger, bucket_key, token_epoch, minute, { nonce, nonce .. '!', nonce .. '=' })
if why == 'lost' then return reply('void', ledger) end
if why == 'expired' then return reply('unrecorded', ledger, allowed) end
if not bucket then return reply(why, ledger) end
local token = decode_token(ledger, minute, allowed, bucket.values[1], bucket.values[3])
if not token then return reply('unknown', ledger) end
local subjects = subject_digest ~= '' and open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest })
if subject_digest ~= '' and not subjects then return reply('void', ledger) end
write_lapsed(bucket, nonce, token)
if #bucket.writes > 0 then commit(ledger, { bucket }) end
local ended = ended_by(ledger, bucket.values[2], kid) or subjects and subject_revoked(subjects, generation) and 'revoked'
local state, at, last_caller = exhausted(token, allowed, bucket_key, nonce)
if state == 'held' then return reply('held', ledger, at) end
if state == 'burned' and not (ended and is_unfinished(token)) then return reply('burned', ledger, at, last_caller) end
if ended then return reply(ended, ledger) end
return reply('unrecorded', ledger, allowed - (token.uses and token.uses.taken or 0))
