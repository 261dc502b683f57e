-- KEYS meta_key
-- ARGV token_epoch, generation: number, tokens, subject_digest, purpose_digest, live: number, after, living: number,
--      over: number, seen: number, note
-- Registers new tokens of one subject and purpose, each once, among its `live` newest; the oldest beyond them are
-- superseded. `tokens` lists them, oldest first, as subjects.lua says; `generation` is the largest of theirs.
-- One that cannot be redeemed any more takes no place, and no other's: a late retry changes nothing. It is superseded too,
-- so that no attempt gets its answer again, once `live` newer ones can be redeemed, or `live` newer ones cannot. One that looks
-- expired is superseded at once, since the clock may go back, unless one of its uses is unfinished.
-- The tokens may be too many to be looked at in one go. Then whoever asked goes on: `after` is the nonce that it was answered,
-- '' at first, and `living`, `over` and `seen` are the numbers. A token that somebody else registers meanwhile has a look of
-- its own. Whoever asks again, because an answer was lost, looks at all of them again if no look has come to its end since.
-- `note` is the event that is recorded for each token that is superseded; `of` names that one: generation, uses, lifetime in
-- seconds, `exp` and nonce, with blanks between them, of the living epoch.
-- Returns {tag, word, …} with the words
--   'registered'   the nonce to go on after, or '' when all were looked at; how many can be redeemed so far; how many cannot;
--                  how often tokens had been added when the look began; and each that was superseded by this call, as `of`
--   'expired'      nothing is remembered of the minute of one of them any more: none can be redeemed
--   'void'         their epoch does not live, or lost a record and has ended just now
-- Errors READONLY, NOIDENTITY, MISCONFIGURED, FROZEN

local ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
local MOST_BUCKETS = 30          -- that are opened in one go
local MOST_LOOKS = 100           -- tokens that are looked at in one go, besides the new ones

-- What names the bucket of a token in counts and keys: see keys.ts.
local function label_of(entry)
  local level = math.floor(entry.lifetime / LEVEL_FACTOR)
  if level == 0 then return whole(entry.minute) end
  local number, buckets = 0, 2 ^ (level - 1)
  for at = NONCE_CHARACTERS + 1, NONCE_CHARACTERS + PLACE_CHARACTERS do
    number = number * 64 + (string.find(ALPHABET, string.sub(entry.nonce, at, at), 1, true) or 1) - 1
  end
  return whole(entry.minute) .. '.' .. whole(buckets + number % buckets)
end

local ledger, problem = open_ledger(meta_key)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
if went_back(ledger, token_epoch, generation) then return refuse(ledger, 'went-back') end
local list_field = 'l' .. purpose_digest
local subjects = open_subjects(ledger, { 'r' .. subject_digest, 'r' .. purpose_digest, list_field })
local newest = subjects and newest_subjects(ledger, subjects)
if not newest then return refuse(ledger, 'lost') end

local entries, added, looked = decode_list(find_subject(subjects, 3))
local listed = {}
for _, entry in ipairs(entries) do listed[entry.nonce] = true end
local has_new = false
for _, entry in ipairs((decode_entries(tokens, 1))) do
  if entry.minute <= ledger.forgotten then return reply('expired', ledger) end
  if not listed[entry.nonce] then
    entry.is_new, has_new = true, true
    entries[#entries + 1] = entry
  end
end

-- Those that are looked at now, from the newest on, by bucket: each bucket is opened once, with the records of all.
local from = #entries
if after ~= '' then
  while from > 0 and entries[from].nonce ~= after do from = from - 1 end
  if from == 0 then from, living, over, seen = #entries, 0, 0, added else from = from - 1 end
end
local to, labels, by_label = from + 1, {}, {}
while to > 1 do
  local entry = entries[to - 1]
  local label = label_of(entry)
  local group = by_label[label]
  if not entry.is_new and (from - to >= MOST_LOOKS or not group and #labels == MOST_BUCKETS) then break end
  to = to - 1
  if entry.minute > ledger.forgotten then
    if not group then
      group = { entries = {}, fields = {}, minute = entry.minute }
      by_label[label] = group
      labels[#labels + 1] = label
    end
    group.entries[#group.entries + 1] = entry
    group.fields[#group.fields + 1] = entry.field
    group.fields[#group.fields + 1] = entry.field .. '!'
  end
end
-- Asked again after all were looked at: nothing changes, whatever has happened since.
if after == '' and not has_new and looked == added then return reply('registered', ledger, '', 0, 0, added) end
read_counts(ledger, labels)
local buckets = {}
for _, label in ipairs(labels) do
  local group = by_label[label]
  local key = key_of(meta_key, 'b:' .. token_epoch .. ':' .. label)
  local bucket, why = open_bucket(ledger, key, token_epoch, group.minute, group.fields)
  if not bucket then return refuse(ledger, why, true) end
  buckets[#buckets + 1] = bucket
  for place, entry in ipairs(group.entries) do
    entry.bucket, entry.record, entry.mark = bucket, bucket.values[2 * place - 1], bucket.values[2 * place]
  end
end

-- Whether a use is left or held, and whether one is unfinished. What has lapsed is put down as burned; the holds of a token
-- for more than one use are not read one by one for that.
local function standing(entry)
  if not entry.record then return true, false end
  if entry.uses == 1 then
    local token = decode_token(ledger, entry.minute, 1, entry.record, nil)
    if not token then return false, false end
    write_lapsed(entry.bucket, entry.field, token)
    return token.newest.state ~= 'burned', is_unfinished(token)
  end
  local uses = split_uses(entry.record)
  local now = math.max(ledger.now_ms, uses.lapsed_until)
  local is_open = uses.taken < entry.uses or uses.latest > now
  if not is_open and uses.latest > uses.lapsed_until then
    put(entry.bucket, entry.field, lapsed_at(entry.record, uses, now), false)
  end
  return is_open, uses.waiting > 0 or uses.holds > 0
end

-- The list is written anew from the newest on: those that were looked at before, those that are now, those that will be.
local kept, has_open_new, is_changed = {}, false, false
for index = #entries, from + 1, -1 do kept[#kept + 1] = entries[index] end
local last, mark, superseded = after, 'superseded:' .. whole(ledger.now_ms), {}
for index = from, to, -1 do
  local entry = entries[index]
  if entry.bucket and not entry.mark and not subject_revoked(subjects, entry.generation) then
    local is_open, has_unfinished = standing(entry)
    local looks_expired = not entry.is_new and ledger.now_ms >= entry.till
    if is_open and entry.is_new then has_open_new = true end
    local counts = is_open and not looks_expired
    if living < live and (counts or over < live and (has_unfinished or not is_open)) then
      if counts then living = living + 1 else over = over + 1 end
      kept[#kept + 1], last = entry, entry.nonce
    else
      put_mark(entry.bucket, entry.field, mark)
      if is_open or has_unfinished then
        superseded[#superseded + 1] = table.concat({ whole(entry.generation), whole(entry.uses), whole(entry.lifetime),
          whole(entry.exp), entry.nonce }, ' ')
      end
      is_changed = true
    end
  else
    is_changed = true
  end
end
if after == '' then
  if not has_open_new and looked == added then return reply('registered', ledger, '', living, over, added) end
  if has_open_new then added, is_changed = added + 1, true end
  seen = added
end
-- If none of these was kept, the next look does not find where it was, and begins anew with those that are left.
if last == '' and entries[to] then last = entries[to].nonce end
local next_after = to > 1 and last or ''
if next_after == '' and seen > looked then looked, is_changed = seen, true end
for _, bucket in ipairs(buckets) do is_changed = is_changed or #bucket.writes > 0 end
if not is_changed then return reply('registered', ledger, next_after, living, over, seen) end
for index = to - 1, 1, -1 do kept[#kept + 1] = entries[index] end
put(newest, list_field, encode_list(kept, added, looked), not newest.values[3])
local fields = subjects_field(subjects)
for _, bucket in ipairs(subjects) do buckets[#buckets + 1] = bucket end
for _, of in ipairs(superseded) do record_note(ledger, 'token.superseded', note, 'epoch', ledger.epoch, 'of', of) end
commit(ledger, buckets, fields)
return reply_changed('registered', ledger, next_after, living, over, seen, unpack(superseded))
