-- KEYS meta_key
-- ARGV token_epoch, generation: number, tokens, subject_digest, purpose_digest, live: number
-- Registers new tokens of one subject and purpose, each once, among its `live` newest; the oldest beyond them are
-- superseded. `tokens` lists them, oldest first, as subjects.lua says; `generation` is the largest of theirs.
-- One that is burned or revoked takes no place, and no other's: a late retry changes nothing. One that looks expired
-- takes no place either, and is superseded too, since the clock may go back. One that is burned and waits to be collected
-- takes no place, and is superseded once `live` newer ones live or wait.
-- Returns {tag, word, …} with the words
--   'registered'   how many were superseded
--   'expired'      nothing is remembered of the minute of one of them any more: none can be redeemed
--   'void'         their epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
if went_back(ledger, token_epoch, generation) then return refuse(ledger, 'went-back') end
local list_field = 'l' .. purpose_digest
local subjects = open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest, list_field })
local newest = subjects and newest_subjects(ledger, subjects)
if not newest then return refuse(ledger, 'lost') end

local entries, listed = decode_entries(find_subject(subjects, 3) or ''), {}
for _, entry in ipairs(entries) do listed[entry.nonce] = true end
local has_new = false
for _, entry in ipairs(decode_entries(tokens)) do
  if entry.minute <= ledger.forgotten then return reply('expired', ledger) end
  if not listed[entry.nonce] then
    entry.is_new, has_new = true, true
    entries[#entries + 1] = entry
  end
end
if not has_new then return reply('registered', ledger, 0) end

-- The entries by expiry minute: each bucket is opened once, with the records of all of them.
local minutes, by_minute = {}, {}
for _, entry in ipairs(entries) do
  if entry.minute > ledger.forgotten then
    local group = by_minute[entry.minute]
    if not group then
      group = { entries = {}, fields = {} }
      by_minute[entry.minute] = group
      minutes[#minutes + 1] = entry.minute
    end
    group.entries[#group.entries + 1] = entry
    group.fields[#group.fields + 1] = entry.nonce
    group.fields[#group.fields + 1] = entry.nonce .. '!'
  end
end
read_counts(ledger, minutes)
local buckets = {}
for _, minute in ipairs(minutes) do
  local group = by_minute[minute]
  local key = key_of(meta_key, 'b:' .. token_epoch .. ':' .. whole(minute))
  local bucket, why = open_bucket(ledger, key, token_epoch, minute, group.fields)
  if not bucket then return refuse(ledger, why, true) end
  buckets[#buckets + 1] = bucket
  for place, entry in ipairs(group.entries) do
    entry.bucket, entry.record, entry.mark = bucket, bucket.values[2 * place - 1], bucket.values[2 * place]
  end
end

-- Whether no use is left, and whether one of them is unfinished nevertheless. What has lapsed is put down as burned; the
-- holds of a token for more than one use are not read one by one for that.
local function standing(entry)
  if not entry.record then return false, false end
  if entry.uses == 1 then
    local token = decode_token(1, entry.record, nil, ledger.now_ms)
    if not token then return true, false end
    write_lapsed(entry.bucket, entry.nonce, token)
    local is_burned = token.newest.state == 'burned'
    return is_burned, is_burned and is_unfinished(token)
  end
  local uses = split_uses(entry.record)
  local now = math.max(ledger.now_ms, uses.lapsed_until)
  if uses.taken < entry.uses or uses.latest > now then return false, false end
  if uses.latest > uses.lapsed_until then
    put(entry.bucket, entry.nonce, lapsed_at(entry.record, uses, now), false)
  end
  return true, uses.waiting > 0 or uses.holds > 0
end

local function supersede(entry)
  put(entry.bucket, entry.nonce .. '!', 'superseded:' .. whole(ledger.now_ms), true)
end

-- From the newest on: `live` of those that live keep their places, and so many of those that are unfinished.
local kept, living, waiting, superseded, has_kept_new = {}, 0, 0, 0, false
for index = #entries, 1, -1 do
  local entry = entries[index]
  if entry.bucket and not entry.mark and not subject_revoked(subjects, entry.generation) then
    local is_spent, waits = standing(entry)
    local is_expired = not entry.is_new and ledger.now_ms >= entry.till
    if waits and living < live and waiting < live then
      waiting = waiting + 1
      kept[#kept + 1] = entry
    elseif not is_spent and not is_expired and living < live then
      living = living + 1
      kept[#kept + 1] = entry
    elseif waits or not is_spent then
      supersede(entry)
      if not is_expired then superseded = superseded + 1 end
    end
    if entry.is_new and not is_spent then has_kept_new = true end
  end
end
if not has_kept_new then return reply('registered', ledger, 0) end
local list = {}
for index, entry in ipairs(kept) do list[#kept + 1 - index] = entry.written end
put(newest, list_field, table.concat(list, ','), not newest.values[3])
local fields = subjects_field(subjects)
for _, bucket in ipairs(subjects) do buckets[#buckets + 1] = bucket end
commit(ledger, buckets, fields)
return reply_changed('registered', ledger, superseded)
