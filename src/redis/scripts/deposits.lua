-- Texts that wait in the ledger's memory, one key each:
--   <prefix>:d:<epoch>:<name>   <tries>:<wrong guesses>:<answer>:<contents>; without a lock -:0::<contents>
-- Lock and contents are one value, so that no deposit ever loses the one and keeps the other. Deposits are not
-- counted: one that is lost leads to nothing. They are not among KEYS either, since the epoch in their names is not
-- known to whoever asks: each is read before anything is written, so one that has moved aborts the script in time.

local function deposit_key(ledger, name)
  return key_of(ledger.meta_key, 'd:' .. ledger.epoch .. ':' .. name)
end

local function encode_deposit(deposit)
  local tries = deposit.tries and whole(deposit.tries) or '-'
  return table.concat({ tries, whole(deposit.wrong), deposit.answer, deposit.contents }, ':')
end

-- A deposit, or nil where there is none.
local function find_deposit(ledger, name)
  local record = redis.call('GET', deposit_key(ledger, name))
  if not record then return nil end
  local tries, wrong, answer, contents = string.match(record, '^([%d-]+):(%d+):([^:]*):(.*)$')
  if not tries then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  local deposit = { tries = tonumber(tries), wrong = tonumber(wrong), answer = answer, contents = contents }
  if deposit.tries then deposit.left = deposit.tries - deposit.wrong end
  return deposit
end
