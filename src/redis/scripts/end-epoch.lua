-- Ends an epoch that must not go on, unless it has ended already.
-- KEYS  1 meta of the shard
-- ARGV  1 tag   2 the epoch to end   3 the reason for the new one
-- Returns {tag, 'living', …, generation}; the epoch is never ARGV 2
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local meta_key, ended_epoch, reason = KEYS[1], ARGV[2], ARGV[3]

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch == ended_epoch then ledger = start_epoch(ledger, reason) end
return reply('living', ledger, ledger.generation)
