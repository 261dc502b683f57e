-- Ends an epoch whose memory was seen to go back, unless it has ended already.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name   2 the epoch to end
-- Returns {'living', …, generation}; the epoch is never ARGV 2
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed, ended_epoch = KEYS[1], ARGV[1], ARGV[2]

local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
if ledger.epoch == ended_epoch then ledger = start_epoch(ledger, seed, 'memory-went-back') end
return reply('living', ledger, ledger.generation)
