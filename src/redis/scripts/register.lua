-- Registers a token, once, among the live ones of its subject and purpose; the oldest beyond the limit are superseded.
-- KEYS  1 meta of the shard
-- ARGV  1 random seed of a new epoch's name   2 the token's epoch   3 its expiry minute   4 its nonce
--       5 its uses   6 unix milliseconds from which it cannot be burned   7 digest of subject and purpose
--       8 how many may live, itself included
-- Returns {'registered', …, how many were superseded} or {'void', …}
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, SEALED
local meta_key, seed, token_epoch, minute, nonce = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local allowed, burnable_until, digest, live = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])

local ledger, problem = open_ledger(meta_key, seed)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
local subjects = open_subjects(ledger)
if not subjects then return refuse(ledger, 'lost', seed) end

-- Whether a registered token can still be redeemed, now or when what holds it lets go.
local function is_live(bucket, entry)
  local records = redis.call('HMGET', bucket.key, entry.nonce, entry.nonce .. '!')
  if records[2] then return false end
  if entry.uses > 1 then
    local uses = decode_uses(records[1])
    return uses.taken < entry.uses or uses.held > 0
  end
  local use = decode_use(records[1], ledger.now_ms)
  return not use or use.state ~= 'burned'
end

local entries = {}
for entry_nonce, entry_minute, entry_uses, entry_until in
  string.gmatch(find_subject(subjects, 'l' .. digest) or '', '([^.,]+)%.(%d+)%.(%d+)%.(%d+)') do
  local entry = { nonce = entry_nonce, minute = tonumber(entry_minute), uses = tonumber(entry_uses), till = tonumber(entry_until) }
  if entry.nonce == nonce then return reply('registered', ledger, 0) end
  if ledger.now_ms < entry.till and entry.minute > ledger.forgotten then entries[#entries + 1] = entry end
end

local fields, superseded, kept = {}, 0, {}
local buckets = {}
for _, entry in ipairs(entries) do
  local bucket = buckets[entry.minute]
  if not bucket then
    local key = key_of(meta_key, 'b:' .. token_epoch .. ':' .. whole(entry.minute))
    local why
    bucket, why = open_bucket(ledger, key, token_epoch, entry.minute)
    if not bucket then return refuse(ledger, why, seed) end
    buckets[entry.minute] = bucket
  end
  if is_live(bucket, entry) then kept[#kept + 1] = entry end
end
while #kept >= live do
  local oldest = table.remove(kept, 1)
  put(buckets[oldest.minute], oldest.nonce .. '!', 'superseded:' .. whole(ledger.now_ms))
  superseded = superseded + 1
end
kept[#kept + 1] = { nonce = nonce, minute = minute, uses = allowed, till = burnable_until }
for _, bucket in pairs(buckets) do
  for _, field in ipairs(sizes(bucket)) do fields[#fields + 1] = field end
end
local list = {}
for index, entry in ipairs(kept) do
  list[index] = table.concat({ entry.nonce, whole(entry.minute), whole(entry.uses), whole(entry.till) }, '.')
end
for _, field in ipairs(put_subject(ledger, subjects, 'l' .. digest, table.concat(list, ','))) do fields[#fields + 1] = field end
return reply_changed('registered', ledger, fields, superseded)
