-- KEYS meta_key
-- ARGV name, answer
-- Tries an answer to the lock of a deposit. A wrong one is counted; with none left, every one is wrong.
-- Returns {tag, word, …} with the words
--   'right', 'wrong'   contents, how many wrong guesses are left
--   'open'             it has no lock: contents
--   'gone'             there is no such deposit in the living epoch
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
local deposit = find_deposit(ledger, name)
if not deposit then return reply('gone', ledger) end
if not deposit.tries then return reply('open', ledger, deposit.contents) end
if deposit.left == 0 then return reply('wrong', ledger, deposit.contents, 0) end
local is_right = deposit.answer == answer
if not is_right then deposit.wrong = deposit.wrong + 1 end
-- The guess is counted before anything else: an aborted script costs a guess, and gives none away. A right one is
-- written too, so that nobody is told while memory is full and wrong ones cannot be counted.
redis.call('SET', deposit_key(ledger, name), encode_deposit(deposit), 'KEEPTTL')
if is_right then return reply('right', ledger, deposit.contents, deposit.left) end
commit(ledger, {})
return reply_changed('wrong', ledger, deposit.contents, deposit.left - 1)
