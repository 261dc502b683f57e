-- Tells the living epoch of a shard, and begins one where this memory cannot show that it is unbroken.
-- KEYS  1 meta of the shard
-- ARGV  1 fresh epoch id, never used before
-- Returns {'living', epoch, total, now in unix milliseconds}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED
local meta_key, fresh_epoch = KEYS[1], ARGV[1]

local ledger, problem = open_ledger(meta_key, fresh_epoch, 0)
if not ledger then return problem end
return reply('living', ledger)
