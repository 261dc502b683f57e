-- Records lie in buckets: hashes that meta counts the fields of, and that carry their own names. records.lua and
-- subjects.lua say what is in them.

local NOT_OURS = 'MISCONFIGURED a record is not one of this service'

-- A bucket that was found whole, with the values of the fields that were asked for; or nil when it has lost a
-- record or another bucket was put in its place. `kind` and `label` name it; `counted` is how many fields it must have.
local function find_bucket(ledger, kind, label, counted, fields)
  local name = kind .. ':' .. ledger.epoch .. ':' .. label
  local key = key_of(ledger.meta_key, name)
  local values, size = read_fields(key, NAME_FIELD, unpack(fields))
  if size ~= counted then return nil end
  if values[1] == name .. '!' then name = values[1] end
  if counted > 0 and values[1] ~= name then return nil end
  table.remove(values, 1)
  return { key = key, name = name, counted = counted, count_field = kind .. label,
    writes = {}, added = 0, values = values }
end

-- Lets `commit` write a record. Whether the bucket has the field already must be known from a read.
local function put(bucket, field, record, is_new)
  bucket.writes[#bucket.writes + 1] = field
  bucket.writes[#bucket.writes + 1] = record
  if is_new then bucket.added = bucket.added + 1 end
end

-- Puts the mark that ends a token before its time. The bucket's name says from then on that there are marks in it.
local function put_mark(bucket, nonce, mark)
  put(bucket, nonce .. '!', mark, true)
  if string.sub(bucket.name, -1) == '!' then return end
  bucket.name = bucket.name .. '!'
  if bucket.counted > 0 then put(bucket, NAME_FIELD, bucket.name, false) end
end

-- The fields that `usual` repeats.
local IN_USUAL = { identity = true, generation = true, subjects = true, revoked_keys = true, frozen_until = true }

-- Writes all that was put into the buckets, counts it as one change, and sets further fields of meta, if any. No
-- script writes records in another way, and none reads after it. `over` is the second at which Redis may drop them.
local function commit(ledger, buckets, fields)
  fields = fields or {}
  local size, highest = ledger.size, {}
  for _, bucket in ipairs(buckets) do
    if bucket.counted == 0 and bucket.added > 0 then
      put(bucket, NAME_FIELD, bucket.name, true)
      size = size + 1
      if (bucket.place or 0) > 0 then
        local known = highest[bucket.minute] or bucket.highest
        if not known then size = size + 1 end
        highest[bucket.minute] = math.max(bucket.place, tonumber(known or '0'))
      end
    end
    if bucket.added > 0 then
      fields[#fields + 1] = bucket.count_field
      fields[#fields + 1] = bucket.counted + bucket.added
    end
  end
  for minute, place in pairs(highest) do
    fields[#fields + 1] = 'h' .. whole(minute)
    fields[#fields + 1] = place
  end
  for _, caller in ipairs(ledger.new_callers or {}) do
    local number = whole(ledger.callers)
    for _, part in ipairs({ 'c:' .. caller, number, 'n:' .. number, caller }) do fields[#fields + 1] = part end
    size, ledger.callers = size + 2, ledger.callers + 1
  end
  if ledger.new_callers then
    fields[#fields + 1] = 'callers'
    fields[#fields + 1] = ledger.callers
    ledger.new_callers = nil
  end
  if size ~= ledger.size then
    fields[#fields + 1] = 'size'
    fields[#fields + 1] = size
  end
  ledger.size, ledger.changes = size, ledger.changes + 1
  local is_usual_changed = false
  for index = 1, #fields, 2 do
    local name = fields[index]
    if IN_USUAL[name] then ledger[name], is_usual_changed = fields[index + 1], true end
  end
  if is_usual_changed then
    fields[#fields + 1] = 'usual'
    fields[#fields + 1] = usual_of(ledger)
  end
  redis.call('HSET', ledger.meta_key, 'changes', ledger.changes, unpack(fields))
  for _, bucket in ipairs(buckets) do
    if #bucket.writes > 0 then redis.call('HSET', bucket.key, unpack(bucket.writes)) end
    if bucket.counted == 0 and bucket.added > 0 then redis.call('EXPIREAT', bucket.key, whole(bucket.over)) end
  end
end
