-- What is remembered about subjects, in buckets of two hours:
--   r<digest>   the generation in which all tokens of a subject, or of a subject and purpose, were revoked
--   l<digest>   the live tokens of a subject and purpose, oldest first: <nonce>.<expiry minute>.
--               <uses>.<generation>.<unix milliseconds from which it cannot be burned>,…
-- A bucket is forgotten when every token that it can concern is.

-- The subject buckets, newest first, or nil when one has lost a record.
local function open_subjects(ledger)
  local numbers, kept = {}, {}
  for number in string.gmatch(ledger.subjects, '%d+') do
    if subjects_over(tonumber(number)) > ledger.forgotten * 60 then numbers[#numbers + 1] = tonumber(number) end
  end
  table.sort(numbers, function(a, b) return a > b end)
  for index, number in ipairs(numbers) do
    local key = key_of(ledger.meta_key, 's:' .. ledger.epoch .. ':' .. whole(number))
    local counted = tonumber(redis.call('HGET', ledger.meta_key, 's' .. whole(number)) or '0')
    if redis.call('HLEN', key) ~= counted then return nil end
    kept[index] = { key = key, number = number, counted = counted }
  end
  return kept
end

-- The newest record of a field.
local function find_subject(subjects, field)
  for _, bucket in ipairs(subjects) do
    local record = redis.call('HGET', bucket.key, field)
    if record then return record end
  end
  return nil
end

-- Writes a record into the newest bucket. Returns the fields of meta that must be set for it.
local function put_subject(ledger, subjects, field, record)
  local number = math.floor(ledger.now_ms / 1000 / PERIOD_SECONDS)
  local newest = subjects[1]
  if not newest or newest.number < number then
    newest = { key = key_of(ledger.meta_key, 's:' .. ledger.epoch .. ':' .. whole(number)), number = number, counted = 0 }
    table.insert(subjects, 1, newest)
  end
  newest.counted = newest.counted + redis.call('HSET', newest.key, field, record)
  redis.call('EXPIREAT', newest.key, whole((newest.number + 3) * PERIOD_SECONDS + REMEMBERED_SECONDS + CLOCK_MARGIN_SECONDS))
  local numbers = {}
  for index, bucket in ipairs(subjects) do numbers[index] = whole(bucket.number) end
  return { 's' .. whole(newest.number), newest.counted, 'subjects', table.concat(numbers, ',') }
end

-- Whether a token of this generation was revoked with its subject, or its subject and purpose.
local function subject_revoked(subjects, generation, subject_digest, purpose_digest)
  for _, bucket in ipairs(subjects) do
    for _, record in ipairs(redis.call('HMGET', bucket.key, 'r' .. subject_digest, 'r' .. purpose_digest)) do
      if record and generation < tonumber(record) then return true end
    end
  end
  return false
end
