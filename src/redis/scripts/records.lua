-- What a bucket holds. Fields are added and their values change; none is ever taken away.
--   @                   the bucket's own name, with a ! after it once a token of it has a mark
--   <nonce>             of a token for one use: its newest use
--                       of a token for more: uses:<taken>:<how many holds>:<last burn>:<its caller>:<waiting>:
--                       <given back>:<latest deadline>:<lapsed until>
--   <nonce>=            of a token for more than one use: its holds, <attempt>=<deadline>,… Apart from the record,
--                       since there may be many, and who asks only what is left of a token need not read them.
--   <nonce>/<attempt>   of a token for more than one use: each use
--                       of a token for one use: each that was given back, except the newest use
--   <nonce>~<proof>     the attempt that took a use with that proof
--   <nonce>~            proofs with which attempts asked for their answers again: <proof>=<attempt>,…
--   <nonce>!            revoked:<unix ms> or superseded:<unix ms>
--   <nonce>+<attempt>   of a burned use that was collected: <collector>:<unix ms>
-- <nonce> is the first NONCE_CHARACTERS of a token's nonce.
-- A burned use that has nothing more to say is b<attempt><number of the caller><the last TIME_CHARACTERS of its unix ms, the
-- latest such time before its minute and RECORD_MINUTES more>; with w for b if it waits. Every other use is
-- <state>:<attempt>:<unix ms>:<deadline or 0>:<uses left>:<caller>[:<about>:<given back before>]; its state is burned,
-- waiting, held or released. One that waits is burned, and what it grants is still to be collected. `about` is
-- <subject digest>,<purpose digest>,<generation>,<kid> of a hold, for revocations of its subject and of its key.
--
-- A hold past its deadline is burned. Whoever answers from that writes it down first (write_lapsed): the clock may
-- go back, and what was answered must stay true. Of a token for more than one use, the time until which its holds have
-- lapsed is written down.

local PLAIN = '^([bw])(' .. string.rep('.', ATTEMPT_CHARACTERS) .. ')(%d+)(' .. string.rep('%d', TIME_CHARACTERS) .. ')$'
local TIMES = 10 ^ TIME_CHARACTERS
local MOST_RELEASES = 16         -- how often one token is given back; the next time it is burned

-- The number that a caller has in this epoch. A new one gets its number with the next `commit`.
local function caller_number(ledger, caller)
  local number = redis.call('HGET', ledger.meta_key, 'c:' .. caller)
  if number then return number end
  ledger.new_callers = ledger.new_callers or {}
  for index, known in ipairs(ledger.new_callers) do
    if known == caller then return whole(ledger.callers + index - 1) end
  end
  ledger.new_callers[#ledger.new_callers + 1] = caller
  return whole(ledger.callers + #ledger.new_callers - 1)
end

local function caller_named(ledger, number)
  return redis.call('HGET', ledger.meta_key, 'n:' .. number) or error(redis.error_reply(NOT_OURS))
end

local function last_ms(minute)
  return (minute + RECORD_MINUTES) * 60000
end

local function encode_use(ledger, minute, use)
  local state, before = use.waiting and 'waiting' or use.state, last_ms(minute) - use.at
  local is_plain = use.deadline == 0 and use.left == 0 and use.about == '' and use.given_back == 0
  if use.state == 'burned' and is_plain and before >= 0 and before < TIMES and #use.attempt == ATTEMPT_CHARACTERS then
    return (use.waiting and 'w' or 'b') .. use.attempt .. caller_number(ledger, use.caller) ..
      string.sub(whole(use.at), -TIME_CHARACTERS)
  end
  local parts = { state, use.attempt, whole(use.at), whole(use.deadline), whole(use.left), use.caller }
  if use.about ~= '' or use.given_back > 0 then parts[7], parts[8] = use.about, whole(use.given_back) end
  return table.concat(parts, ':')
end

-- A use, or nil where there is none. A hold past its deadline is read as what it is: burned at the deadline.
local function decode_use(ledger, minute, record, now_ms)
  if not record then return nil end
  local letter, by, number, digits = string.match(record, PLAIN)
  if letter then
    local last = last_ms(minute)
    local time = last - (last - tonumber(digits)) % TIMES
    return { state = 'burned', attempt = by, at = time, deadline = 0, left = 0,
      caller = caller_named(ledger, number), about = '', given_back = 0, waiting = letter == 'w' }
  end
  local state, attempt, at, deadline, left, caller, about, given_back =
    string.match(record, '^(%a+):([^:]+):(%d+):(%d+):(%d+):([^:]*):?([^:]*):?(%d*)$')
  if not state then return error(redis.error_reply(NOT_OURS)) end
  local use = { state = state, attempt = attempt, at = tonumber(at), deadline = tonumber(deadline),
    left = tonumber(left), caller = caller, about = about, given_back = tonumber(given_back) or 0 }
  if state == 'waiting' then use.state, use.waiting = 'burned', true end
  if state == 'held' and now_ms >= use.deadline then
    use.state, use.at, use.lapsed = 'burned', use.deadline, true
  end
  return use
end

-- Whether it is a hold that nobody has ended: one that lapsed is burned at its deadline.
local function is_unsettled(use)
  return use.state == 'held' or use.state == 'burned' and use.at == use.deadline
end

local function encode_collection(collector, now_ms)
  return collector .. ':' .. whole(now_ms)
end

-- Who collected, and when.
local function decode_collection(record)
  local collector, at = string.match(record, '^([^:]+):(%d+)$')
  if not collector then error(redis.error_reply(NOT_OURS)) end
  return collector, tonumber(at)
end

-- Puts down the uses, and the holds if they have changed.
local function put_uses(bucket, nonce, uses, is_new)
  local holds = {}
  for index, hold in ipairs(uses.holds) do holds[index] = hold.attempt .. '=' .. whole(hold.deadline) end
  put(bucket, nonce, table.concat({ 'uses', whole(uses.taken), whole(#holds), whole(uses.at), uses.caller,
    whole(uses.waiting), whole(uses.given_back), whole(uses.latest), whole(uses.lapsed_until) }, ':'), is_new)
  local written = table.concat(holds, ',')
  if written ~= text(uses.written_holds) then put(bucket, nonce .. '=', written, not uses.written_holds) end
end

-- The parts of a record of uses. `holds` is how many.
local function split_uses(record)
  local taken, holds, at, caller, waiting, given_back, latest, lapsed_until =
    string.match(record, '^uses:(%d+):(%d+):(%d+):([^:]*):(%d+):(%d+):(%d+):(%d+)$')
  if not taken then return error(redis.error_reply(NOT_OURS)) end
  return { taken = tonumber(taken), holds = tonumber(holds), at = tonumber(at), caller = caller,
    waiting = tonumber(waiting), given_back = tonumber(given_back), latest = tonumber(latest),
    lapsed_until = tonumber(lapsed_until) }
end

-- The same record with another time until which its holds have lapsed.
local function lapsed_at(record, uses, now_ms)
  return string.sub(record, 1, -1 - #whole(uses.lapsed_until)) .. whole(now_ms)
end

-- The uses of a token for more than one. `now` is the time by which its holds are read, `lapsed` whether one has lapsed
-- that is not written down. A hold that has lapsed stays in the list.
local function decode_uses(record, written_holds, now_ms)
  if not record then
    return { taken = 0, holds = {}, at = 0, caller = '', waiting = 0, given_back = 0, latest = 0, lapsed_until = 0,
      now = now_ms }
  end
  local uses, holds = split_uses(record), {}
  uses.now = math.max(now_ms, uses.lapsed_until)
  for attempt, text_deadline in string.gmatch(text(written_holds), '([^=,]+)=(%d+)') do
    local deadline = tonumber(text_deadline)
    holds[#holds + 1] = { attempt = attempt, deadline = deadline }
    if deadline > uses.lapsed_until and deadline <= now_ms then uses.lapsed = true end
  end
  if #holds ~= uses.holds then return error(redis.error_reply(NOT_OURS)) end
  uses.holds, uses.written_holds = holds, written_holds
  return uses
end

-- What is recorded of a token: `newest` and no `uses` for one use, `uses` for more. Nil if what is recorded is not of a
-- token for so many uses, so that whoever named it made it up. `written_holds` is what <nonce>= holds.
local function decode_token(ledger, minute, allowed, record, written_holds)
  local now_ms = ledger.now_ms
  local is_of_uses = record and string.sub(record, 1, 5) == 'uses:'
  if record and is_of_uses ~= (allowed > 1) then return nil end
  local newest = allowed == 1 and decode_use(ledger, minute, record, now_ms) or nil
  if allowed == 1 then return { newest = newest, now = now_ms, ledger = ledger, minute = minute } end
  local uses = decode_uses(record, written_holds, now_ms)
  return { uses = uses, now = uses.now, ledger = ledger, minute = minute }
end

-- Puts holds past their deadline down as burned.
local function write_lapsed(bucket, nonce, token)
  if token.newest and token.newest.lapsed then put(bucket, nonce, encode_use(token.ledger, token.minute, token.newest), false) end
  if token.uses and token.uses.lapsed then
    token.uses.lapsed_until = token.now
    put_uses(bucket, nonce, token.uses, false)
  end
end

-- The use of this attempt and the field that it is in, or nil. `own_record` is what <nonce>/<attempt> holds.
local function find_use(token, nonce, attempt, own_record)
  if token.newest and token.newest.attempt == attempt then return token.newest, nonce end
  return decode_use(token.ledger, token.minute, own_record, token.now), nonce .. '/' .. attempt
end

local function add_hold(uses, attempt, deadline)
  uses.holds[#uses.holds + 1] = { attempt = attempt, deadline = deadline }
  uses.latest = math.max(uses.latest, deadline)
end

local function drop_hold(uses, attempt)
  uses.latest = 0
  for index = #uses.holds, 1, -1 do
    local hold = uses.holds[index]
    if hold.attempt == attempt then table.remove(uses.holds, index) else uses.latest = math.max(uses.latest, hold.deadline) end
  end
end

-- When the last use was burned, and by whom. A hold that has lapsed was burned at its deadline.
local function last_burn(bucket_key, nonce, token)
  local uses = token.uses
  if #uses.holds == 0 or uses.latest < uses.at then return uses.at, uses.caller end
  local latest = nil
  for _, hold in ipairs(uses.holds) do
    if hold.deadline == uses.latest then latest = hold.attempt end
  end
  local record = redis.call('HGET', bucket_key, nonce .. '/' .. latest) or ''
  return uses.latest, decode_use(token.ledger, token.minute, record, uses.now).caller
end

-- Why no use can be taken: 'burned' with the time and the caller of the last burn, or 'held' with the latest deadline.
-- Nil when a use is left.
local function exhausted(token, allowed, bucket_key, nonce)
  local newest, uses = token.newest, token.uses
  if newest and newest.state == 'held' then return 'held', newest.deadline end
  if newest and newest.state == 'burned' then return 'burned', newest.at, newest.caller end
  if uses and uses.taken >= allowed then
    if uses.latest > uses.now then return 'held', uses.latest end
    return 'burned', last_burn(bucket_key, nonce, token)
  end
  return nil
end

-- Of a token without a use left and without one that is held: whether somebody may still get what one of them grants,
-- because it waits to be collected, or because it is a hold that nobody ended.
local function is_unfinished(token)
  if token.newest then return token.newest.waiting or is_unsettled(token.newest) end
  return token.uses.waiting > 0 or #token.uses.holds > 0
end

-- What a hold is about, and its parts again.
local function encode_about(subject_digest, purpose_digest, generation, kid)
  return table.concat({ subject_digest, purpose_digest, whole(generation), kid }, ',')
end

local function decode_about(about)
  local subject_digest, purpose_digest, generation, kid = string.match(about, '^([^,]+),([^,]+),(%d+),([^,]*)$')
  return subject_digest, purpose_digest, tonumber(generation), kid
end

-- What ended a token before its time: 'revoked' or 'superseded', or nil. `mark` is what <nonce>! holds.
local function ended_by(ledger, mark, kid)
  return mark and string.match(mark, '^%a+') or key_revoked(ledger, kid) and 'revoked' or nil
end

-- Reads how many fields several buckets must have, so that opening each does not ask for its own.
local function read_counts(ledger, labels)
  if #labels == 0 then return end
  local fields = {}
  for index, label in ipairs(labels) do fields[index] = 'b' .. label end
  local counts = redis.call('HMGET', ledger.meta_key, unpack(fields))
  for index, label in ipairs(labels) do ledger.counts[label] = tonumber(counts[index] or '0') end
end

-- The bucket of a token of the living epoch with the values of these fields, or nil and the word that says why not.
local function open_bucket(ledger, bucket_key, token_epoch, minute, fields)
  if ledger.epoch ~= token_epoch then return nil, 'void' end
  local first = key_of(ledger.meta_key, 'b:' .. token_epoch .. ':' .. whole(minute))
  local place = string.sub(bucket_key, #first + 1)
  if string.sub(bucket_key, 1, #first) ~= first or place ~= '' and not string.match(place, '^%.[1-9]%d*$') then
    error(redis.error_reply('MISCONFIGURED the bucket key does not fit the token'))
  end
  if minute <= ledger.forgotten then return nil, 'expired' end
  if minute > ledger.forgotten + MOST_MINUTES_AHEAD then return nil, 'unknown' end
  local label = whole(minute) .. place
  local counted = ledger.counts[label] or tonumber(redis.call('HGET', ledger.meta_key, 'b' .. label) or '0')
  local bucket = find_bucket(ledger, 'b', label, counted, fields)
  if not bucket then return nil, 'lost' end
  bucket.minute, bucket.place = minute, tonumber(string.sub(place, 2)) or 0
  if counted == 0 and bucket.place > 0 then
    bucket.highest = redis.call('HGET', ledger.meta_key, 'h' .. whole(minute))
  end
  bucket.over = (minute + 1) * 60 + REMEMBERED_SECONDS + CLOCK_MARGIN_SECONDS
  return bucket
end

local MOST_REPEATS = 16          -- proofs of one token that are remembered besides those that took a use

-- Which attempt has shown this proof, or nil; and every repeat that is remembered of the token, as it is written.
local function shown_proof(proof, taken_by, known)
  local shown_by, repeats = taken_by, {}
  for written in string.gmatch(known or '', '[^,]+') do
    repeats[#repeats + 1] = written
    local name, attempt = string.match(written, '^([^=]+)=(.+)$')
    if name == proof then shown_by = attempt end
  end
  return shown_by, repeats
end

local function put_repeat(bucket, nonce, repeats, proof, attempt)
  local is_new = #repeats == 0
  repeats[#repeats + 1] = proof .. '=' .. attempt
  put(bucket, nonce .. '~', table.concat(repeats, ','), is_new)
end
