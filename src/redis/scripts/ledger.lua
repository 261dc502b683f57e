-- What every script does with meta: it finds out whose memory this is, and begins a new epoch where it must.

local function text(value)
  if value then return value end
  return ''
end

local function whole(number)
  return string.format('%d', number)
end

-- Every key of the shard is named after its meta key, which ends in 'm'.
local function key_of(meta_key, name)
  return string.sub(meta_key, 1, -2) .. name
end

-- Whether HLEN counts fields that are over here, also after they have been read: see read_identity.
local counts_what_is_over = false

-- The values of fields of a hash, and how many fields it has; nil and -1 when the key holds something else. The
-- count comes after the values: a field whose own time to live is over counts until it has been read.
local function read_fields(key, ...)
  local values = redis.pcall('HMGET', key, ...)
  if values.err then
    if string.find(values.err, 'WRONGTYPE', 1, true) then return nil, -1 end
    return error(values)
  end
  if counts_what_is_over then return values, #redis.call('HKEYS', key) end
  return values, redis.call('HLEN', key)
end

-- A name that no epoch had before: 96 bits, in 16 base64url characters. The tag is random and drawn for each
-- sending; server and time are mixed in, so that a command that is sent twice names two epochs.
local function epoch_name(ledger)
  local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  local digest = redis.sha1hex(table.concat({ TAG, ledger.identity, ledger.time[1], ledger.time[2] }, ' '))
  local name = {}
  for index = 1, 24, 3 do
    local bits = tonumber(string.sub(digest, index, index + 2), 16)
    local high, low = math.floor(bits / 64) + 1, bits % 64 + 1
    name[#name + 1] = string.sub(alphabet, high, high) .. string.sub(alphabet, low, low)
  end
  return table.concat(name)
end

-- The newest minute whose records are remembered no longer.
local function ended_minute(now_ms)
  return math.floor((now_ms / 1000 - REMEMBERED_SECONDS) / 60) - 1
end

-- The epochs that an epoch replaces: the one before it, and the newest of those that this one replaced.
local function previous_epochs(epoch, previous)
  local names = {}
  for name in string.gmatch(text(epoch) .. ',' .. text(previous), '[^,]+') do
    if #names < MOST_PREVIOUS then names[#names + 1] = name end
  end
  return table.concat(names, ',')
end

-- No key stays for ever. This is done at least once in every minute in which anything is minted or recorded, so a
-- memory that Redis drops has no token that lives.
local function keep_meta(ledger)
  local now = math.floor(ledger.now_ms / 1000)
  redis.call('EXPIREAT', ledger.meta_key, whole(now + META_SECONDS))
  if KEEP > 0 then redis.pcall('EXPIREAT', key_of(ledger.meta_key, 'e'), whole(now + EVENTS_SECONDS)) end
end

-- Records an event in the shard's stream. It is the first thing that a script writes of what it decided: if it cannot be
-- written, nothing else is, so there is no change without its record; and what is written after it was read before, so
-- there is no record without its change. The stream is cut to about KEEP entries, whole blocks of them at a time.
local function add_record(ledger, what, ...)
  if KEEP == 0 then return end
  local added = redis.pcall('XADD', key_of(ledger.meta_key, 'e'), 'MAXLEN', '~', whole(KEEP), '*', 'type', what, 'at',
    whole(ledger.now_ms), ...)
  if type(added) == 'table' and added.err then return error(added) end
end

-- The same for an event that whoever asks has described; '' if nobody did.
local function record_note(ledger, what, note, ...)
  if note ~= '' then add_record(ledger, what, 'event', note, ...) end
end

-- What the usual burn looks at of that which seldom changes, in one text, so that it reads one field instead of many:
-- replication and process, the generation and the forgotten minute in eight digits each, format, epoch and key, the numbers
-- of the subject buckets, the keys that were revoked. Whoever writes one of these writes this with it, in the same command.
local function usual_of(ledger)
  if not ledger.epoch or tonumber(ledger.frozen_until) > 0 then return '' end
  return string.format('\nmaster_replid:%s\nrun_id:%s%08d%08d%s %s %s %s %s', string.sub(ledger.identity, 1, 40),
    string.sub(ledger.identity, 42, 81), ledger.generation, ledger.forgotten, FORMAT, ledger.epoch, ledger.meta_key,
    ledger.subjects, ledger.revoked_keys)
end

-- Starts a new epoch: from now on every token of the old one is void. The old buckets expire by themselves.
-- The watermark is there from the beginning: a clock that goes back below it is noticed. The new record is written over
-- the old one, and what is too many of that is dropped then. A script that is aborted in between leaves more fields than
-- are counted, which ends this epoch too; a record that was dropped first could stay away, with the keys that were revoked.
local function start_epoch(ledger, reason)
  local epoch, forgotten = epoch_name(ledger), ended_minute(ledger.now_ms)
  local previous = previous_epochs(ledger.epoch or ledger.broken_epoch, ledger.previous)
  local fields = { 'epoch', epoch, 'identity', ledger.identity, 'format', FORMAT, 'changes', 0, 'generation', 0,
    'forgotten', whole(forgotten), 'subjects', '', 'reason', reason, 'started_at', whole(ledger.now_ms),
    'previous', previous, 'freeze', '', 'frozen_until', 0, 'revoked_keys', ledger.revoked_keys }
  for _, part in ipairs({ 'callers', 0, 'swept', whole(forgotten) }) do fields[#fields + 1] = part end
  local began = { meta_key = ledger.meta_key, identity = ledger.identity, now_ms = ledger.now_ms, time = ledger.time,
    epoch = epoch, previous = previous, changes = 0, generation = 0, forgotten = forgotten, subjects = '', frozen_until = 0,
    size = #fields / 2 + 2, revoked_keys = ledger.revoked_keys, began = reason, counts = {}, callers = 0, swept = forgotten }
  local is_kept, others = { size = true, usual = true }, {}
  for index = 1, #fields, 2 do is_kept[fields[index]] = true end
  for _, field in ipairs(redis.call('HKEYS', ledger.meta_key)) do
    if not is_kept[field] then others[#others + 1] = field end
  end
  add_record(ledger, 'epoch.began', 'epoch', epoch, 'reason', reason, 'instance', INSTANCE)
  redis.call('HSET', ledger.meta_key, 'usual', usual_of(began), 'size', began.size, unpack(fields))
  for from = 1, #others, MOST_DROPPED do
    redis.call('HDEL', ledger.meta_key, unpack(others, from, math.min(from + MOST_DROPPED - 1, #others)))
  end
  keep_meta(ledger)
  return began
end

-- Which server this is, and which ledger: a master's replication id, the id of its process, and the meta key.
-- Redis draws a new replication id at every start and promotion, but a replica of a Cluster that is promoted
-- while it starts keeps the one that its file brought; the process id tells it from its former master.
-- Returns nil and an error reply on a server that is no master, or that hides what it is.
local function read_identity(meta_key)
  local info = redis.call('INFO', 'server', 'replication')
  -- Found as plain text and only then matched: a pattern that is tried at every character costs as much as the burn.
  local function find(name, pattern)
    local _, last = string.find(info, name, 1, true)
    return last and string.match(info, pattern, last + 1)
  end
  if not string.find(info, '\nrole:master', 1, true) then
    return nil, redis.error_reply('READONLY this server is not a master')
  end
  local replid, run_id = find('\nmaster_replid:', '^%x+'), find('\nrun_id:', '^%x+')
  if not (replid and run_id) then
    return nil, redis.error_reply('NOIDENTITY this server does not tell scripts its master_replid and run_id')
  end
  -- Valkey 9 hides a field whose time to live is over, and HLEN counts it until it is removed in the background. It
  -- says for every database whether any field has a time to live; none of the ledger's has, so the slow way is rare.
  if tonumber(find('\nvalkey_version:', '^%d+') or '0') >= 9 then
    counts_what_is_over = string.find(redis.call('INFO', 'keyspace'), 'keys_with_volatile_items=[1-9]') ~= nil
  end
  return table.concat({ replid, run_id, meta_key }, ' ')
end

-- Reads who this server is and what it remembers. Returns the ledger, or nil and an error reply.
-- The ledger has `frozen`, its epoch, when nothing may be recorded in it now. It lacks `epoch` when it is not the unbroken
-- memory that the epoch belongs to; `broken` then says why. With a bucket's key, its count is read along.
local function examine_ledger(meta_key, bucket_key)
  local identity, problem = read_identity(meta_key)
  if not identity then return nil, problem end
  local time = redis.call('TIME')
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  local ledger = { meta_key = meta_key, now_ms = now_ms, time = time, identity = identity, changes = 0,
    generation = 0, revoked_keys = '', counts = {} }
  local label = bucket_key and string.match(bucket_key, '[^:]*$') or ''
  local values, size = read_fields(meta_key, 'format', 'size', 'epoch', 'identity', 'changes', 'generation',
    'forgotten', 'subjects', 'previous', 'freeze', 'frozen_until', 'revoked_keys', 'callers', 'swept', 'b' .. label)
  if size < 0 then
    return nil, redis.error_reply('MISCONFIGURED the key ' .. meta_key .. ' of the ledger holds something else')
  end
  if size == 0 then
    ledger.broken = 'no-epoch'
    return ledger
  end
  local format, counted, epoch, lives_on, changes, generation, forgotten, subjects, previous, freeze, frozen_until,
    revoked_keys, callers, swept, count = unpack(values)
  if format and format ~= FORMAT then
    return nil, redis.error_reply('MISCONFIGURED the ledger has format ' .. format .. ', this service writes ' .. FORMAT)
  end
  local is_complete = format and epoch and lives_on and changes and generation and forgotten and subjects and previous
    and freeze and frozen_until and revoked_keys and callers and swept
  ledger.broken_epoch, ledger.previous, ledger.revoked_keys = epoch, text(previous), text(revoked_keys)
  -- A count of a bucket that has vanished is missing in the count of fields.
  if not is_complete or tonumber(counted or '-1') ~= size then
    ledger.broken = 'records-lost'
    return ledger
  end
  forgotten, frozen_until = tonumber(forgotten), tonumber(frozen_until)
  ledger.size, ledger.changes, ledger.frozen_until = size, tonumber(changes), frozen_until
  ledger.freeze, ledger.frozen_since = string.match(freeze, '^(%S*) ?(%d*)')
  if now_ms < frozen_until and frozen_until - now_ms <= LONGEST_FREEZE_SECONDS * 1000 then
    ledger.frozen = epoch
  elseif frozen_until > 0 then
    ledger.broken = 'freeze-not-thawed'
  elseif lives_on ~= identity then
    ledger.broken = 'identity-changed'
  elseif math.floor((now_ms / 1000 + CLOCK_SLACK_SECONDS) / 60) < forgotten then
    ledger.broken = 'clock-went-back'
  else
    ledger.epoch, ledger.generation = epoch, tonumber(generation)
    ledger.forgotten, ledger.subjects = forgotten, subjects
    ledger.callers, ledger.swept = tonumber(callers), tonumber(swept)
    if bucket_key then ledger.counts[label] = tonumber(count or '0') end
  end
  return ledger
end

-- The same for whoever only reads; a frozen ledger is an error.
local function read_ledger(meta_key, bucket_key)
  local ledger, problem = examine_ledger(meta_key, bucket_key)
  if ledger and ledger.frozen then
    return nil, redis.error_reply('FROZEN the ledger is frozen for a planned restart since ' .. ledger.frozen_since ..
      ' until ' .. whole(ledger.frozen_until))
  end
  return ledger, problem
end

-- The second after which no token lives that a subject bucket can concern: one that is minted in its last moment
-- lives the longest life, and one that was minted before the clock went back that much longer.
local function subjects_over(number)
  return (number + 1) * PERIOD_SECONDS + LONGEST_LIFE_SECONDS + LONGEST_STEP_BACK_SECONDS
end

-- The counts of buckets that may be dropped, with the names of the buckets, and the minute up to which these are all. Only
-- what can have ended since the last time is looked at, and of that no more than one script has time for.
local function sweepable(ledger, ended)
  local last, highest = math.min(ended, ledger.forgotten + MOST_MINUTES_AHEAD), {}
  local candidates, swept = {}, ledger.swept
  if last > swept then
    for minute = swept + 1, last do highest[#highest + 1] = 'h' .. whole(minute) end
    highest = redis.call('HMGET', ledger.meta_key, unpack(highest))
  end
  for minute = swept + 1, last do
    local digits, places = whole(minute), tonumber(highest[minute - ledger.swept] or '0')
    if #candidates > 0 and #candidates + places > MOST_SWEPT then return candidates, swept end
    candidates[#candidates + 1] = { field = 'b' .. digits, name = 'b:' .. ledger.epoch .. ':' .. digits }
    if places > 0 then candidates[#candidates + 1] = { field = 'h' .. digits } end
    for place = 1, places do
      local label = digits .. '.' .. whole(place)
      candidates[#candidates + 1] = { field = 'b' .. label, name = 'b:' .. ledger.epoch .. ':' .. label }
    end
    swept = minute
  end
  return candidates, ended
end

-- Drops the buckets whose tokens ended long ago, for good: their minutes are never burned in again. The watermark
-- that says so comes first. The buckets are not among KEYS, so one that has moved must not abort the script. If there are
-- very many, the next scripts drop the rest.
local function forget_ended(ledger)
  local ended = math.max(ended_minute(ledger.now_ms), ledger.forgotten)
  if ended <= ledger.swept then return end
  local candidates, swept = sweepable(ledger, ended)
  for digits in string.gmatch(ledger.subjects, '%d+') do
    if subjects_over(tonumber(digits)) <= ended * 60 then
      candidates[#candidates + 1] = { field = 's' .. digits, name = 's:' .. ledger.epoch .. ':' .. digits }
    end
  end
  local fields, keys = {}, {}
  for from = 1, #candidates, MOST_DROPPED do
    local names = {}
    for index = from, math.min(from + MOST_DROPPED - 1, #candidates) do names[#names + 1] = candidates[index].field end
    local counts = redis.call('HMGET', ledger.meta_key, unpack(names))
    for index, name in ipairs(names) do
      if counts[index] then
        fields[#fields + 1] = name
        keys[#keys + 1] = candidates[from + index - 1].name
      end
    end
  end
  ledger.forgotten, ledger.swept, ledger.size = ended, swept, ledger.size - #fields
  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended), 'swept', whole(swept), 'size', ledger.size, 'usual',
    usual_of(ledger))
  for from = 1, #fields, MOST_DROPPED do
    redis.call('HDEL', ledger.meta_key, unpack(fields, from, math.min(from + MOST_DROPPED - 1, #fields)))
  end
  keep_meta(ledger)
  for _, name in ipairs(keys) do redis.pcall('UNLINK', key_of(ledger.meta_key, name)) end
end

-- The ledger, to be changed. A broken memory begins a new epoch at once.
local function open_ledger(meta_key, bucket_key)
  local ledger, problem = read_ledger(meta_key, bucket_key)
  if not ledger then return nil, problem end
  if ledger.broken then return start_epoch(ledger, ledger.broken) end
  forget_ended(ledger)
  return ledger
end

-- {tag, word, epoch, changes so far, now in unix milliseconds, whether this call changed what was asked for (1 or 0), why
-- it began the epoch or '' if it did not, ...}
local function reply(word, ledger, ...)
  return { TAG, word, text(ledger.epoch), ledger.changes, ledger.now_ms, 0, text(ledger.began), ... }
end

local function reply_changed(word, ledger, ...)
  return { TAG, word, text(ledger.epoch), ledger.changes, ledger.now_ms, 1, text(ledger.began), ... }
end

-- Whether the key that signed a token was revoked.
local function key_revoked(ledger, kid)
  return ledger.revoked_keys ~= '' and string.find(',' .. ledger.revoked_keys .. ',', ',' .. kid .. ',', 1, true) ~= nil
end

-- Whether this memory has forgotten a revocation by subject that was there when a token of its epoch was minted.
-- Only a signed token may say so.
local function went_back(ledger, token_epoch, generation)
  return ledger.epoch == token_epoch and generation > ledger.generation
end

-- The reply for a token whose records cannot be asked. Lost records end the epoch. What was signed here and cannot have
-- been minted, because its minute is too far ahead, was minted by a clock that nobody remembers: it is void.
local function refuse(ledger, word, is_signed)
  if word == 'unknown' and is_signed then return reply('void', ledger) end
  if word == 'lost' then return reply('void', start_epoch(ledger, 'records-lost')) end
  if word == 'went-back' then return reply('void', start_epoch(ledger, 'memory-went-back')) end
  return reply(word, ledger)
end
