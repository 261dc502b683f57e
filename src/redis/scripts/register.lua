-- KEYS meta_key
-- ARGV token_epoch, minute: number, nonce, allowed: number, generation: number, burnable_until: number,
--      subject_digest, purpose_digest, live: number
-- Registers a token, once, among the `live` newest of its subject and purpose; the oldest beyond them are superseded.
-- One that is burned or revoked takes no place, and no other's: a late retry changes nothing. One that looks expired
-- takes no place either, and is superseded too, since the clock may go back. From `burnable_until` on, in unix
-- milliseconds, the token cannot be burned.
-- Returns {tag, word, …} with the words
--   'registered'   how many were superseded
--   'expired'      nothing is remembered of its minute any more: it cannot be redeemed
--   'void'         its epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
if went_back(ledger, token_epoch, generation) then return refuse(ledger, 'went-back') end
if minute <= ledger.forgotten then return reply('expired', ledger) end
local list_field = 'l' .. purpose_digest
local subjects = open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest, list_field })
local newest = subjects and newest_subjects(ledger, subjects)
if not newest then return refuse(ledger, 'lost') end

local entries = {}
for entry_nonce, entry_minute, entry_uses, entry_generation, entry_until in
  string.gmatch(find_subject(subjects, 3) or '', '([^.,]+)%.(%d+)%.(%d+)%.(%d+)%.(%d+)') do
  if entry_nonce == nonce then return reply('registered', ledger, 0) end
  entries[#entries + 1] = { nonce = entry_nonce, minute = tonumber(entry_minute), uses = tonumber(entry_uses),
    generation = tonumber(entry_generation), till = tonumber(entry_until) }
end
entries[#entries + 1] = { nonce = nonce, minute = minute, uses = allowed, generation = generation, till = burnable_until }

-- The buckets of the entries, by expiry minute: each is opened once.
local buckets, opened = {}, {}
local function at_minute(number)
  if not opened[number] then
    local key = key_of(meta_key, 'b:' .. token_epoch .. ':' .. whole(number))
    opened[number] = open_bucket(ledger, key, token_epoch, number, {})
    buckets[#buckets + 1] = opened[number]
  end
  return opened[number]
end

-- Whether records stand against an entry, for good: it is superseded, revoked, or no use of it is left.
local function is_over(entry)
  local records = redis.call('HMGET', entry.bucket.key, entry.nonce, entry.nonce .. '!')
  local token = decode_token(entry.bucket.key, entry.nonce, entry.uses, records[1], ledger.now_ms)
  write_lapsed(entry.bucket, entry.nonce, token)
  return records[2] or subject_revoked(subjects, entry.generation) or exhausted(token, entry.uses) == 'burned'
end

local function supersede(entry)
  put(entry.bucket, entry.nonce .. '!', 'superseded:' .. whole(ledger.now_ms), true)
end

local kept, expired = {}, {}
for _, entry in ipairs(entries) do
  if entry.minute > ledger.forgotten then
    entry.bucket = at_minute(entry.minute)
    if not entry.bucket then return refuse(ledger, 'lost') end
    if not is_over(entry) then
      local list = entry.nonce ~= nonce and ledger.now_ms >= entry.till and expired or kept
      list[#list + 1] = entry
    end
  end
end
-- The records were read after their buckets were counted, and a record whose time to live was over is gone by now.
for _, bucket in ipairs(buckets) do
  local _, size = read_fields(bucket.key, NAME_FIELD)
  if size ~= bucket.counted then return refuse(ledger, 'lost') end
end
if #kept == 0 or kept[#kept].nonce ~= nonce then return reply('registered', ledger, 0) end

local superseded = math.max(0, #kept - live)
for _, entry in ipairs(expired) do supersede(entry) end
for _ = 1, superseded do supersede(table.remove(kept, 1)) end
local list = {}
for index, entry in ipairs(kept) do
  list[index] = table.concat({ entry.nonce, whole(entry.minute), whole(entry.uses), whole(entry.generation),
    whole(entry.till) }, '.')
end
put(newest, list_field, table.concat(list, ','), not newest.values[3])
local fields = subjects_field(subjects)
for _, bucket in ipairs(subjects) do buckets[#buckets + 1] = bucket end
commit(ledger, buckets, fields)
return reply_changed('registered', ledger, superseded)
