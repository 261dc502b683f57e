-- KEYS meta_key
-- ARGV ended_epoch, reason
-- Ends an epoch that must not go on, unless it has ended already. `reason` is that of the new one.
-- Returns {tag, 'living', …, generation}; the epoch is never `ended_epoch`
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch == ended_epoch then ledger = start_epoch(ledger, reason) end
return reply('living', ledger, ledger.generation)
