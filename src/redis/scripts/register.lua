-- Registers a token, once, among the live ones of its subject and purpose; the oldest beyond the limit are superseded.
-- A token that cannot be redeemed any more takes no place, and no other token's: a late retry changes nothing.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name   2 the token's epoch   3 its expiry minute   4 its nonce
--       5 its uses   6 its generation   7 unix milliseconds from which it cannot be burned
--       8 digest of the subject   9 digest of subject and purpose   10 how many may live, itself included
-- Returns {'registered', …, how many were superseded} or {'void', …}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed, token_epoch, minute, nonce = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local allowed, generation, burnable_until = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local subject_digest, purpose_digest, live = ARGV[8], ARGV[9], tonumber(ARGV[10])

local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
local subjects = open_subjects(ledger)
if not subjects then return refuse(ledger, 'lost', seed) end

-- The buckets that were opened, by expiry minute. `at_minute` is nil when a record of that minute is lost.
local buckets = {}
local function at_minute(number)
  if not buckets[number] then
    local key = key_of(meta_key, 'b:' .. token_epoch .. ':' .. whole(number))
    buckets[number] = open_bucket(ledger, key, token_epoch, number)
  end
  return buckets[number]
end

-- Whether a token can still be redeemed, now or when what holds it lets go.
local function is_live(bucket, entry)
  if subject_revoked(subjects, entry.generation, subject_digest, purpose_digest) then return false end
  local records = redis.call('HMGET', bucket.key, entry.nonce, entry.nonce .. '!')
  if records[2] then return false end
  if entry.uses > 1 then
    local uses = decode_uses(bucket.key, entry.nonce, records[1], ledger.now_ms)
    return uses.taken < entry.uses or #uses.holds > 0
  end
  local use = decode_use(records[1], ledger.now_ms)
  return not use or use.state ~= 'burned'
end

local entries, kept = {}, {}
for entry_nonce, entry_minute, entry_uses, entry_generation, entry_until in
  string.gmatch(find_subject(subjects, 'l' .. purpose_digest) or '', '([^.,]+)%.(%d+)%.(%d+)%.(%d+)%.(%d+)') do
  if entry_nonce == nonce then return reply('registered', ledger, 0) end
  entries[#entries + 1] = { nonce = entry_nonce, minute = tonumber(entry_minute), uses = tonumber(entry_uses),
    generation = tonumber(entry_generation), till = tonumber(entry_until) }
end
entries[#entries + 1] = { nonce = nonce, minute = minute, uses = allowed, generation = generation, till = burnable_until }

for _, entry in ipairs(entries) do
  if ledger.now_ms < entry.till and entry.minute > ledger.forgotten then
    local bucket = at_minute(entry.minute)
    if not bucket then return refuse(ledger, 'lost', seed) end
    if is_live(bucket, entry) then kept[#kept + 1] = entry end
  end
end
if #kept == 0 or kept[#kept].nonce ~= nonce then return reply('registered', ledger, 0) end

local fields, superseded, changed = {}, 0, {}
while #kept > live do
  local oldest = table.remove(kept, 1)
  local bucket = buckets[oldest.minute]
  put(bucket, oldest.nonce .. '!', 'superseded:' .. whole(ledger.now_ms))
  superseded, changed[oldest.minute] = superseded + 1, bucket
end
for _, bucket in pairs(changed) do
  for _, field in ipairs(sizes(bucket)) do fields[#fields + 1] = field end
end
local list = {}
for index, entry in ipairs(kept) do
  list[index] = table.concat({ entry.nonce, whole(entry.minute), whole(entry.uses), whole(entry.generation), whole(entry.till) }, '.')
end
for _, field in ipairs(put_subject(ledger, subjects, 'l' .. purpose_digest, table.concat(list, ','))) do fields[#fields + 1] = field end
return reply_changed('registered', ledger, fields, superseded)
