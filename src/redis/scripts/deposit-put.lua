-- Puts a deposit, or replaces the contents and the end of one. A lock that it has stays, and its wrong guesses.
-- KEYS  1 meta of the shard
-- ARGV  1 tag   2 the epoch to put it in   3 name   4 contents   5 unix milliseconds at which it ends
--       6 answer, '' without a lock   7 how often a guess may be wrong, '-' without a lock
-- Returns {tag, 'put', …}, or {tag, 'void', …} when that epoch does not live
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local meta_key, epoch, name, contents = KEYS[1], ARGV[2], ARGV[3], ARGV[4]
local until_ms, answer, tries = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch ~= epoch then return reply('void', ledger) end
local deposit = find_deposit(ledger, name)
if not deposit or not deposit.tries then deposit = { tries = tries, wrong = 0, answer = answer } end
deposit.contents = contents
redis.call('SET', deposit_key(ledger, name), encode_deposit(deposit), 'PXAT', whole(until_ms))
commit(ledger, {})
return reply_changed('put', ledger)
