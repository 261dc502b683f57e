-- KEYS meta_key
-- ARGV none
-- Reads the living epoch of a shard. Writes nothing, so it begins none.
-- Returns {tag, 'living', …}; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN
local ledger, problem = read_ledger(meta_key)
if not ledger then return problem end
return reply('living', ledger)
