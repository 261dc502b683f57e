-- Takes points of one share in a fixed window, all or none, or gives some back. It is the script that
-- rate-limiter-flexible runs, in place of its own, which also counts what it refuses.
-- KEYS counter. Its value is how many points are taken, and an 'r' if somebody was refused; it ends with the window.
-- ARGV points (below 0: are given back), seconds of a window, quota
-- Returns {number, milliseconds that are left of the window}. The number is
--   at most the quota   so many points are taken now
--   the quota + 1       refused, nothing was taken: for the first time in this window
--   the quota + 2       refused, nothing was taken: not for the first time

local counter = KEYS[1]
local points, seconds, quota = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local left = redis.call('PTTL', counter)
-- The clock may have gone back: no window has more left than its whole length.
if left > seconds * 1000 then
  left = seconds * 1000
  redis.call('PEXPIRE', counter, left)
end
local taken, refused
if left >= 0 then taken, refused = string.match(redis.call('GET', counter) or '', '^(%d+)(r?)$') end
local is_new = not taken

local function keep(number, mark)
  local value = string.format('%d', number) .. mark
  if is_new then redis.call('SET', counter, value, 'EX', seconds) else redis.call('SET', counter, value, 'KEEPTTL') end
end

if is_new then
  -- What is given back belongs to a window that is over.
  if points < 0 then return { 0, 0 } end
  taken, refused, left = 0, '', seconds * 1000
end
local sum = math.max(0, tonumber(taken) + points)
if sum <= quota then
  keep(sum, refused)
  return { sum, left }
end
if refused == 'r' then return { quota + 2, left } end
keep(tonumber(taken), 'r')
return { quota + 1, left }
