-- KEYS meta_key
-- ARGV ticket_digest, seconds: number
-- Freezes a shard for a planned restart or failover: from now on nothing is minted or burned here, until it is thawed
-- with the same ticket or the seconds are over.
-- Returns {tag, word, …} with the words
--   'frozen'         by this ticket, now or before: unix milliseconds until when, and since when
--   'other-ticket'   it is frozen under another ticket: the same
-- Errors READONLY, NOIDENTITY, MISCONFIGURED

local ledger, problem = examine_ledger(meta_key)
if not ledger then return problem end
if ledger.frozen then
  return reply(ledger.freeze == ticket_digest and 'frozen' or 'other-ticket', ledger, ledger.frozen_until,
    tonumber(ledger.frozen_since) or 0)
end
if ledger.broken then ledger = start_epoch(ledger, ledger.broken) end
local frozen_until = ledger.now_ms + seconds * 1000
commit(ledger, {}, { 'freeze', ticket_digest .. ' ' .. whole(ledger.now_ms), 'frozen_until', whole(frozen_until) })
return reply_changed('frozen', ledger, frozen_until, ledger.now_ms)
