-- KEYS meta_key
-- ARGV name
-- Finds a deposit of the living epoch. Writes nothing.
-- Returns {tag, word, …} with the words
--   'open'     without a lock: contents
--   'locked'   contents, how many wrong guesses are left
--   'gone'     there is none; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = read_ledger(meta_key)
if not ledger then return problem end
local deposit = ledger.epoch and find_deposit(ledger, name)
if not deposit then return reply('gone', ledger) end
if not deposit.tries then return reply('open', ledger, deposit.contents) end
return reply('locked', ledger, deposit.contents, deposit.left)
