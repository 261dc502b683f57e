-- The usual burn, tried before anything else, since nearly every burn is one: of a token for one use of which nothing is
-- recorded, now, without a proof, in a bucket that has begun, while nothing is to be forgotten. It looks at everything that
-- burn.lua looks at. Whatever is not as usual it leaves to burn.lua, which decides anew; until then it has written nothing.
-- It makes no functions and no tables that it can do without: making those of the other files takes longer than this.

if allowed == '1' and hold_seconds == '0' and proof == '' and #attempt == ATTEMPT_CHARACTERS then
  local find, sub = string.find, string.sub
  local label = string.match(bucket_key, '[^:]*$')
  local info = redis.call('INFO', 'server', 'replication')
  local _, run_id = find(info, '\nrun_id:', 1, true)
  local _, since = find(info, '\nserver_time_usec:', run_id, true)
  local _, master = find(info, '\nrole:master', since, true)
  local _, replid = find(info, '\nmaster_replid:', master, true)
  local is_master = run_id and since and master and replid
  -- Valkey 9 and later count fields whose time to live is over: see read_identity.
  local values = is_master and not find(info, '\nvalkey_version:', 1, true) and redis.pcall('HMGET', meta_key, 'format',
    'size', 'epoch', 'identity', 'changes', 'generation', 'forgotten', 'subjects', 'previous', 'freeze', 'frozen_until',
    'revoked_keys', 'callers', 'c:' .. caller, 'b' .. label)
  local format, size, epoch, lives_on, changes, newest, forgotten, subjects, previous, freeze, frozen_until, revoked_keys,
    callers, by, count = unpack(values or {})
  if format == FORMAT and epoch == token_epoch and frozen_until == '0' and size and changes and forgotten and subjects
    and previous and freeze and callers and by and count and redis.call('HLEN', meta_key) == tonumber(size)
    and lives_on == sub(info, replid + 1, replid + 40) .. ' ' .. sub(info, run_id + 1, run_id + 40) .. ' ' .. meta_key
    and newest and tonumber(generation) <= tonumber(newest)
    and revoked_keys and (revoked_keys == '' or not find(',' .. revoked_keys .. ',', ',' .. kid .. ',', 1, true))
  then
    local now = sub(info, since + 1, find(info, '\r', since, true) - 4)
    local now_ms, expiry, last_forgotten = tonumber(now), tonumber(minute), tonumber(forgotten)
    local name, prefix = 'b:' .. epoch .. ':' .. label, sub(meta_key, 1, -2)
    if bucket_key == prefix .. name and (label == minute or sub(label, 1, #minute + 1) == minute .. '.')
      and last_forgotten * 60 <= now_ms / 1000 + CLOCK_SLACK_SECONDS
      and now_ms / 1000 - REMEMBERED_SECONDS < (last_forgotten + 2) * 60
      and expiry > last_forgotten and expiry <= last_forgotten + MOST_MINUTES_AHEAD
      and tonumber(burnable_from) <= now_ms and now_ms < tonumber(burnable_until)
    then
      local known = redis.pcall('HMGET', bucket_key, NAME_FIELD, nonce)
      local is_named = known[1] == name or known[1] == name .. '!' and not redis.call('HGET', bucket_key, nonce .. '!')
      local is_usual = is_named and not known[2]
        and redis.call('HLEN', bucket_key) == tonumber(count)
      if is_usual and subjects ~= '' then
        for digits in string.gmatch(subjects, '%d+') do
          local over = (digits + 1) * PERIOD_SECONDS + LONGEST_LIFE_SECONDS + LONGEST_STEP_BACK_SECONDS
          if is_usual and over > last_forgotten * 60 then
            local of = 's:' .. epoch .. ':' .. digits
            local about = redis.pcall('HMGET', prefix .. of, NAME_FIELD, 'r' .. subject_digest, 'r' .. purpose_digest)
            is_usual = about[1] == of and not about[2] and not about[3]
              and redis.call('HLEN', prefix .. of) == tonumber(redis.call('HGET', meta_key, 's' .. digits))
          end
        end
      end
      if is_usual then
        if KEEP > 0 and note ~= '' then
          redis.call('XADD', prefix .. 'e', 'MAXLEN', '~', ARGV[3], '*', 'type', 'token.redeemed', 'at', now, 'event', note)
        end
        changes = changes + 1
        redis.call('HSET', meta_key, 'changes', '' .. changes, 'b' .. label, '' .. count + 1)
        redis.call('HSET', bucket_key, nonce,
          (to_collect == '1' and 'w' or 'b') .. attempt .. by .. ':' ..
            string.format('%x', (expiry + RECORD_MINUTES) * 60000 - now_ms))
        return { TAG, 'burned', epoch, changes, now_ms, 1, '', attempt, now_ms, 0, 0 }
      end
    end
  end
end
