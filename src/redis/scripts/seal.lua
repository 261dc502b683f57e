-- Seals a shard for a planned restart or failover: from now on nothing is minted or burned here.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name   2 digest of the ticket   3 seconds until the seal gives up
-- Returns {'sealed', …}, also when this ticket has sealed it before
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed, ticket_digest, seconds = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

if redis.call('HGET', meta_key, 'seal') == ticket_digest then
  local time = redis.call('TIME')
  return { 'sealed', '', 0, time[1] * 1000, 0 }
end
local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
local sealed_until = ledger.now_ms + seconds * 1000
return reply_changed('sealed', ledger, { 'seal', ticket_digest, 'sealed_until', whole(sealed_until) })
