-- What is remembered about subjects, in buckets of two hours:
--   @           the bucket's own name
--   r<digest>   the generation in which all tokens of a subject, or of a subject and purpose, were revoked
--   l<digest>   the live tokens of a subject and purpose, as one JSON array: how often tokens were added; how often they
--               had been when a look at all of them began that came to its end; and of each token, oldest first, its
--               nonce, `exp`, lifetime in seconds and LEVEL_FACTOR times its level, uses, generation, and the unix
--               milliseconds from which it cannot be burned
-- A bucket is forgotten when every token that it can concern is.

-- The tokens of such an array from the part `first` on, and the parts before. It is read at once, since patterns would cost
-- as much as all the rest.
local function decode_entries(list, first)
  local is_json, parts = pcall(cjson.decode, list)
  if not is_json or type(parts) ~= 'table' or (#parts - first + 1) % 6 ~= 0 then
    return error(redis.error_reply(NOT_OURS))
  end
  local entries = {}
  for at = first, #parts, 6 do
    for part = 1, 5 do
      if type(parts[at + part]) ~= 'number' then return error(redis.error_reply(NOT_OURS)) end
    end
    if type(parts[at]) ~= 'string' then return error(redis.error_reply(NOT_OURS)) end
    entries[#entries + 1] = { nonce = parts[at], exp = parts[at + 1], lifetime = parts[at + 2], uses = parts[at + 3],
      generation = parts[at + 4], till = parts[at + 5], minute = math.floor(parts[at + 1] / 60), is_new = false,
      field = string.sub(parts[at], 1, NONCE_CHARACTERS), bucket = false, record = false, mark = false }
  end
  return entries, parts
end

local function decode_list(list)
  if not list then return {}, 0, 0 end
  local entries, parts = decode_entries(list, 3)
  local added, looked = parts[1], parts[2]
  if type(added) ~= 'number' or type(looked) ~= 'number' then return error(redis.error_reply(NOT_OURS)) end
  return entries, added, looked
end

-- The list of tokens that are given newest first.
local function encode_list(newest_first, added, looked)
  local parts = { added, looked }
  for index = #newest_first, 1, -1 do
    local entry, at = newest_first[index], #parts
    parts[at + 1], parts[at + 2], parts[at + 3] = entry.nonce, entry.exp, entry.lifetime
    parts[at + 4], parts[at + 5], parts[at + 6] = entry.uses, entry.generation, entry.till
  end
  return cjson.encode(parts)
end

-- The subject buckets, newest first, each with the values of these fields, or nil when one has lost a record.
local function open_subjects(ledger, fields)
  local numbers, buckets = {}, {}
  for digits in string.gmatch(ledger.subjects, '%d+') do
    local number = tonumber(digits)
    if subjects_over(number) > ledger.forgotten * 60 then numbers[#numbers + 1] = number end
  end
  table.sort(numbers, function(a, b) return a > b end)
  for index, number in ipairs(numbers) do
    local counted = tonumber(redis.call('HGET', ledger.meta_key, 's' .. whole(number)) or '-1')
    buckets[index] = find_bucket(ledger, 's', whole(number), counted, fields)
    if not buckets[index] then return nil end
    buckets[index].number = number
  end
  return buckets
end

-- The newest record of the field that was asked for in this place.
local function find_subject(buckets, place)
  for _, bucket in ipairs(buckets) do
    if bucket.values[place] then return bucket.values[place] end
  end
  return nil
end

-- The newest bucket, begun anew when the newest period has none: it is to be written. Nil when it has lost a record.
local function newest_subjects(ledger, buckets)
  local number = math.floor(ledger.now_ms / 1000 / PERIOD_SECONDS)
  local newest = buckets[1]
  if newest and newest.number >= number then return newest end
  local begun = find_bucket(ledger, 's', whole(number), 0, {})
  if not begun then return nil end
  begun.number = number
  begun.over = subjects_over(number) + REMEMBERED_SECONDS + CLOCK_MARGIN_SECONDS + 2 * 60
  table.insert(buckets, 1, begun)
  return begun
end

-- The field of meta that names these buckets, and its value.
local function subjects_field(buckets)
  local numbers = {}
  for index, bucket in ipairs(buckets) do numbers[index] = whole(bucket.number) end
  return { 'subjects', table.concat(numbers, ',') }
end

-- Whether a token of this generation was revoked with its subject, or its subject and purpose. Their records are
-- the first two that were asked for.
local function subject_revoked(buckets, generation)
  for _, bucket in ipairs(buckets) do
    for place = 1, 2 do
      local record = bucket.values[place]
      if record and generation < tonumber(record) then return true end
    end
  end
  return false
end
