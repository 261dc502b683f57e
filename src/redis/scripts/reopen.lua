-- Reopens a sealed shard under the identity of the server that it is on now. Nothing was recorded after the
-- seal, so a memory that has the seal has everything that was recorded before it.
-- KEYS  1 meta of the shard
-- ARGV  1 digest of the ticket
-- Returns {word, epoch or '', changes, now in unix milliseconds, 0} with the words
--   'reopened'
--   'other-ticket'   it is sealed, under another ticket
--   'no-seal'        there is none, or it has given up
-- Errors READONLY, NOIDENTITY
local meta_key, ticket_digest = KEYS[1], ARGV[1]

local replication = redis.call('INFO', 'replication')
if not string.find(replication, '\nrole:master', 1, true) then
  return redis.error_reply('READONLY this server is not a master')
end
local identity = string.match(replication, '\nmaster_replid:(%x+)')
if not identity then return redis.error_reply('NOIDENTITY this server does not tell scripts its master_replid') end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local meta = redis.call('HMGET', meta_key, 'seal', 'sealed_until', 'epoch', 'changes')
if not meta[1] or now_ms >= tonumber(meta[2]) then return { 'no-seal', '', 0, now_ms, 0 } end
if meta[1] ~= ticket_digest then return { 'other-ticket', '', 0, now_ms, 0 } end
redis.call('HSET', meta_key, 'identity', identity)
redis.call('HDEL', meta_key, 'seal', 'sealed_until')
return { 'reopened', meta[3], tonumber(meta[4]), now_ms, 0 }
