-- The usual burn, tried before anything else, since nearly every burn is one: of a token for one use of which nothing is
-- recorded, now, without a proof, in a bucket that has begun, while nothing is to be forgotten. It looks at everything that
-- its answer rests on. Whatever is not as usual it leaves to burn.lua, which decides anew; until then it has written nothing.
-- It makes no functions, and no tables and texts that it can do without: making those of the other files takes longer than
-- this, and every text that goes between Redis and Lua as long as a small command. Hence the field `usual` (usual_of).
-- Numbers that Redis gives as texts are added to: Lua's tonumber reads a text twice.

local kind = terms == '1 0 0 ' and 'b' or terms == '1 0 1 ' and 'w'
if kind and #attempt == ATTEMPT_CHARACTERS and (redis.REDIS_VERSION_NUM or UNKNOWN_VERSION) < UNKNOWN_VERSION
  and (redis.VALKEY_VERSION_NUM or 0) < UNKNOWN_VERSION
then
  local call, find, sub = redis.call, string.find, string.sub
  -- A bucket's key is the meta key without its last letter, and its name: b:<epoch>:<label>.
  local before = #meta_key
  local label = sub(bucket_key, before + #token_epoch + 3)
  local count_field = 'b' .. label
  local values = redis.pcall('HMGET', meta_key, 'usual', 'changes', 'c:' .. caller, count_field)
  local usual, changes, by, count = values[1], values[2], values[3], values[4]
  local lives_on = FORMAT .. ' ' .. token_epoch .. ' ' .. meta_key .. ' '
  if usual and changes and by and count and find(usual, lives_on, USUAL_NUMBERS + 1, true) == USUAL_NUMBERS + 1 then
    local info = call('INFO', 'replication', 'cluster')
    local time = call('TIME')
    local at = time[1] .. sub(sub('00000', #time[2]) .. time[2], 1, 3)
    local now_ms = at + 0
    local last_forgotten, expiry = sub(usual, USUAL_NUMBERS - 7, USUAL_NUMBERS) + 0, minute + 0
    if find(info, '\nrole:master', 1, true) and find(info, sub(usual, 1, USUAL_REPLICATION), 1, true)
      -- Outside of a Cluster, a master that is another process has another replication id.
      and (find(info, '\ncluster_enabled:0', 1, true)
        or find(call('INFO', 'server'), sub(usual, USUAL_REPLICATION + 1, USUAL_SERVER), 1, true))
      and generation + 0 <= sub(usual, USUAL_SERVER + 1, USUAL_SERVER + 8) + 0
      and last_forgotten * 60 <= now_ms / 1000 + CLOCK_SLACK_SECONDS
      and now_ms / 1000 - REMEMBERED_SECONDS < (last_forgotten + 2) * 60
      and expiry > last_forgotten and expiry <= last_forgotten + MOST_MINUTES_AHEAD
      and burnable_from + 0 <= now_ms and now_ms < burnable_until + 0
    then
      local prefix, name, counted = sub(meta_key, 1, -2), sub(bucket_key, before), count + 0
      local known = redis.pcall('HMGET', bucket_key, NAME_FIELD, nonce)
      local is_usual = (known[1] == name or known[1] == name .. '!' and not call('HGET', bucket_key, nonce .. '!'))
        and not known[2] and call('HLEN', bucket_key) == counted
        and find(bucket_key, prefix, 1, true) == 1 and find(name, token_epoch, 1, true) == 3
        and find(label, minute, 1, true) == 1 and (#label == #minute or find(label, '.', #minute + 1, true) == #minute + 1)
      -- What was revoked by subject and by key.
      if is_usual and #usual > USUAL_NUMBERS + #lives_on + 1 then
        local subjects, revoked_keys = string.match(usual, '^(%S*) (.*)$', USUAL_NUMBERS + #lives_on + 1)
        local subject_digest, purpose_digest, kid = string.match(origin, '^(%S+) (%S+) (.*)$')
        is_usual = kid and not find(',' .. revoked_keys .. ',', ',' .. kid .. ',', 1, true)
        for digits in string.gmatch(subjects, '%d+') do
          local over = (digits + 1) * PERIOD_SECONDS + LONGEST_LIFE_SECONDS + LONGEST_STEP_BACK_SECONDS
          if is_usual and over > last_forgotten * 60 then
            local of = 's:' .. token_epoch .. ':' .. digits
            local about = redis.pcall('HMGET', prefix .. of, NAME_FIELD, 'r' .. subject_digest, 'r' .. purpose_digest)
            is_usual = about[1] == of and not about[2] and not about[3]
              and call('HLEN', prefix .. of) == tonumber(call('HGET', meta_key, 's' .. digits))
          end
        end
      end
      if is_usual then
        local format = string.format
        if KEEP > 0 and note ~= '' then
          -- Whatever is not as usual cuts the stream too, such as the first burn of a bucket.
          if counted % CUT_EVERY == 0 then
            call('XADD', prefix .. 'e', 'MAXLEN', '~', ARGV[3], '*', 'type', 'token.redeemed', 'at', at, 'event', note)
          else
            call('XADD', prefix .. 'e', '*', 'type', 'token.redeemed', 'at', at, 'event', note)
          end
        end
        changes = format('%d', changes + 1)
        call('HSET', meta_key, 'changes', changes, count_field, format('%d', counted + 1))
        call('HSET', bucket_key, nonce, kind .. attempt .. by .. sub(at, -TIME_CHARACTERS))
        return TAG .. ' ' .. token_epoch .. ' ' .. changes .. ' ' .. at .. ' ' .. attempt
      end
    end
  end
end
