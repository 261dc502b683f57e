-- KEYS meta_key
-- ARGV ticket_digest, server
-- Thaws a frozen shard under the identity of the server that it is on now. Nothing was recorded after the freeze, so a
-- memory that has the freeze has everything that was recorded before it. No program may ask this twice: between the
-- first time and the second, tokens are burned, and a server that lags behind may still be frozen. `server` is the
-- master_replid and run_id of the server that is meant, with a space between them.
-- Returns {tag, word, …} with the words
--   'thawed'
--   'other-ticket'   it is frozen, under another ticket
--   'not-frozen'     it was not, the freeze has run out, or a record of it is lost
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, OTHERSERVER

local ledger, problem = examine_ledger(meta_key)
if not ledger then return problem end
if ledger.identity ~= server .. ' ' .. meta_key then
  return redis.error_reply('OTHERSERVER this is not the server that was to be thawed')
end
if not ledger.frozen then return reply('not-frozen', ledger) end
if ledger.freeze ~= ticket_digest then return reply('other-ticket', ledger) end
commit(ledger, {}, { 'identity', ledger.identity, 'freeze', '', 'frozen_until', 0 })
ledger.epoch = ledger.frozen
return reply_changed('thawed', ledger)
