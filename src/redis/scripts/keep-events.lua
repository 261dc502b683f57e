-- Adds events to a stream, and lets it live on: one question for many of them costs a fraction of one for each.
-- KEYS stream
-- ARGV about how many entries it keeps, milliseconds that it lives on unused; then type, time and note of each event
-- Returns how many were added. Aborted, it may have added the first of them.

for at = 3, #ARGV, 3 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'type', ARGV[at], 'at', ARGV[at + 1], 'event', ARGV[at + 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return (#ARGV - 2) / 3
