-- What a bucket holds. Fields are added and their values change; none is ever taken away.
--   @                   the bucket's own name
--   <nonce>             of a token for one use: its newest use
--                       of a token for more: uses:<taken>:<holds>:<last burn>:<its caller>, where holds is
--                       <attempt>=<deadline>,…
--   <nonce>/<attempt>   of a token for more than one use: each use
--                       of a token for one use: each that was given back, except the newest use
--   <nonce>~<proof>     the attempt that took a use with that proof
--   <nonce>~            proofs with which attempts asked for their answers again: <proof>=<attempt>,…
--   <nonce>!            revoked:<unix ms> or superseded:<unix ms>
--   <nonce>+<attempt>   of a burned use that was collected: <collector>:<unix ms>
-- A use is <state>:<attempt>:<unix ms>:<deadline or 0>:<uses left>:<caller>; its state is burned, held or released.
--
-- A hold past its deadline is burned. Whoever answers from that writes it down first (write_lapsed): the clock may
-- go back, and what was answered must stay true.

local function encode_use(use)
  return table.concat({ use.state, use.attempt, whole(use.at), whole(use.deadline), whole(use.left), use.caller }, ':')
end

-- A use, or nil where there is none. A hold past its deadline is read as what it is: burned at the deadline.
local function decode_use(record, now_ms)
  if not record then return nil end
  local state, attempt, at, deadline, left, caller = string.match(record, '^(%a+):([^:]+):(%d+):(%d+):(%d+):(.*)$')
  if not state then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  local use = { state = state, attempt = attempt, at = tonumber(at), deadline = tonumber(deadline),
    left = tonumber(left), caller = caller }
  if use.state == 'held' and now_ms >= use.deadline then
    use.state, use.at, use.lapsed = 'burned', use.deadline, true
  end
  return use
end

local function encode_collection(collector, now_ms)
  return collector .. ':' .. whole(now_ms)
end

-- Who collected, and when.
local function decode_collection(record)
  local collector, at = string.match(record, '^([^:]+):(%d+)$')
  if not collector then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  return collector, tonumber(at)
end

local function encode_uses(uses)
  local holds = {}
  for index, hold in ipairs(uses.holds) do holds[index] = hold.attempt .. '=' .. whole(hold.deadline) end
  return table.concat({ 'uses', whole(uses.taken), table.concat(holds, ','), whole(uses.at), uses.caller }, ':')
end

-- The uses of a token for more than one. Holds past their deadline are read as what they are: burned at it.
local function decode_uses(bucket_key, nonce, record, now_ms)
  local uses = { taken = 0, holds = {}, at = 0, caller = '', lapsed = {} }
  if not record then return uses end
  local taken, holds, at, caller = string.match(record, '^uses:(%d+):([^:]*):(%d+):(.*)$')
  if not taken then error(redis.error_reply('MISCONFIGURED a record is not one of this service')) end
  uses.taken, uses.at, uses.caller = tonumber(taken), tonumber(at), caller
  for attempt, text_deadline in string.gmatch(holds, '([^=,]+)=(%d+)') do
    local deadline = tonumber(text_deadline)
    if now_ms < deadline then
      uses.holds[#uses.holds + 1] = { attempt = attempt, deadline = deadline }
    else
      local use = decode_use(redis.call('HGET', bucket_key, nonce .. '/' .. attempt) or '', now_ms)
      uses.lapsed[#uses.lapsed + 1] = use
      if deadline >= uses.at then uses.at, uses.caller = deadline, use.caller end
    end
  end
  return uses
end

-- What is recorded of a token: `newest` and no `uses` for one use, `uses` for more.
local function decode_token(bucket_key, nonce, allowed, record, now_ms)
  if allowed == 1 then return { newest = decode_use(record, now_ms) } end
  return { uses = decode_uses(bucket_key, nonce, record, now_ms) }
end

-- Puts holds past their deadline down as burned.
local function write_lapsed(bucket, nonce, token)
  if token.newest and token.newest.lapsed then put(bucket, nonce, encode_use(token.newest), false) end
  if token.uses and #token.uses.lapsed > 0 then
    put(bucket, nonce, encode_uses(token.uses), false)
    for _, use in ipairs(token.uses.lapsed) do put(bucket, nonce .. '/' .. use.attempt, encode_use(use), false) end
  end
end

-- The use of this attempt and the field that it is in, or nil. `own_record` is what <nonce>/<attempt> holds.
local function find_use(token, nonce, attempt, own_record, now_ms)
  if token.newest and token.newest.attempt == attempt then return token.newest, nonce end
  return decode_use(own_record, now_ms), nonce .. '/' .. attempt
end

-- The deadline of the hold that lasts longest, or nil when none is held.
local function latest_deadline(uses)
  local latest = nil
  for _, hold in ipairs(uses.holds) do latest = math.max(latest or 0, hold.deadline) end
  return latest
end

local function drop_hold(uses, attempt)
  for index, hold in ipairs(uses.holds) do
    if hold.attempt == attempt then return table.remove(uses.holds, index) end
  end
end

-- Why no use can be taken: 'burned' with the time and the caller of the last burn, or 'held' with the latest deadline.
-- Nil when a use is left.
local function exhausted(token, allowed)
  local newest, uses = token.newest, token.uses
  if newest and newest.state == 'held' then return 'held', newest.deadline end
  if newest and newest.state == 'burned' then return 'burned', newest.at, newest.caller end
  if uses and uses.taken >= allowed then
    local deadline = latest_deadline(uses)
    if deadline then return 'held', deadline end
    return 'burned', uses.at, uses.caller
  end
  return nil
end

-- The bucket of a token of the living epoch with the values of these fields, or nil and the word that says why not.
local function open_bucket(ledger, bucket_key, token_epoch, minute, fields)
  if ledger.epoch ~= token_epoch then return nil, 'void' end
  if bucket_key ~= key_of(ledger.meta_key, 'b:' .. token_epoch .. ':' .. whole(minute)) then
    error(redis.error_reply('MISCONFIGURED the bucket key does not fit the token'))
  end
  if minute <= ledger.forgotten then return nil, 'expired' end
  local counted = ledger.counts[minute] or tonumber(redis.call('HGET', ledger.meta_key, 'b' .. whole(minute)) or '0')
  local bucket = find_bucket(ledger, 'b', minute, counted, fields)
  if not bucket then return nil, 'lost' end
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
