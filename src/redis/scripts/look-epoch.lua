-- Tells the living epoch of a shard. Writes nothing, so it begins none.
-- KEYS  1 meta of the shard
-- ARGV  1 tag
-- Returns {tag, 'living', …}; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local ledger, problem = read_ledger(KEYS[1])
if not ledger then return problem end
return reply('living', ledger)
