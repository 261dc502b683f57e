-- KEYS meta_key
-- ARGV none
-- Reads the living epoch of a shard, and begins one if this memory cannot show that it is unbroken.
-- Returns {tag, 'living', …, generation, the epochs that it replaced by comma}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
return reply('living', ledger, ledger.generation, ledger.previous)
