-- KEYS meta_key
-- ARGV kid
-- Revokes a signing key: from now on this shard takes no token that it has signed, in this epoch and in those after it,
-- whatever the instances know. A memory that is lost forgets it; instances that know of it tell it again.
-- Returns {tag, 'revoked', …, the epochs that the living one replaced by comma}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local MOST_KEYS = 64             -- that are remembered, the newest

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if key_revoked(ledger, kid) then return reply('revoked', ledger, text(ledger.previous)) end
local kids = { kid }
for known in string.gmatch(ledger.revoked_keys, '[^,]+') do
  if #kids < MOST_KEYS then kids[#kids + 1] = known end
end
commit(ledger, {}, { 'revoked_keys', table.concat(kids, ',') })
return reply_changed('revoked', ledger, text(ledger.previous))
