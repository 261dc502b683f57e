-- KEYS meta_key
-- ARGV epoch, name, contents, until_ms: number, answer, tries
-- Puts a deposit into this epoch, or replaces the contents and the end of one. A lock that it has stays, and its wrong
-- guesses. It ends at `until_ms`, in unix milliseconds. A lock opens for `answer` and allows `tries` wrong guesses;
-- without a lock they are '' and '-'.
-- Returns {tag, 'put', …}, or {tag, 'void', …} when that epoch does not live
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch ~= epoch then return reply('void', ledger) end
local deposit = find_deposit(ledger, name)
if not deposit or not deposit.tries then deposit = { tries = tonumber(tries), wrong = 0, answer = answer } end
deposit.contents = contents
redis.call('SET', deposit_key(ledger, name), encode_deposit(deposit), 'PXAT', whole(until_ms))
commit(ledger, {})
return reply_changed('put', ledger)
