-- Tells the living epoch of a shard, and begins one where this memory cannot show that it is unbroken.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name
-- Returns {'living', …, generation}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed = KEYS[1], ARGV[1]

local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
return reply('living', ledger, ledger.generation)
