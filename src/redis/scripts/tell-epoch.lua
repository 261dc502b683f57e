-- Tells the living epoch of a shard, and begins one where this memory cannot show that it is unbroken.
-- KEYS  1 meta of the shard
-- ARGV  1 tag
-- Returns {tag, 'living', …, generation, the epochs that it replaced by comma}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local ledger, problem = open_ledger(KEYS[1])
if not ledger then return problem end
return reply('living', ledger, ledger.generation, ledger.previous)
