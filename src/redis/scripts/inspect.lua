-- Tells what is recorded of a token. Writes nothing.
-- KEYS  1 meta of the shard   2 bucket of the token's shard, epoch and expiry minute
-- ARGV  1 the token's epoch   2 its expiry minute   3 its nonce
-- Returns {word, epoch, total, now in unix milliseconds, ...} with the words
--   'burned'       attempt, unix milliseconds, caller
--   'unrecorded'   nothing is recorded of it in the living epoch
--   'void'         its epoch does not live, or has lost a record; epoch is '' when none lives
-- Errors READONLY, NOIDENTITY, MISCONFIGURED
local meta_key, bucket_key = KEYS[1], KEYS[2]
local token_epoch, minute, nonce = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local ledger, problem = read_ledger(meta_key, minute)
if not ledger then return problem end
if ledger.epoch ~= token_epoch then return reply('void', ledger) end
if minute <= ledger.forgotten then return reply('unrecorded', ledger) end
if redis.call('HLEN', bucket_key) ~= ledger.counted then return reply('void', ledger) end
local record = redis.call('HGET', bucket_key, nonce)
if not record then return reply('unrecorded', ledger) end
local attempt, burned_at, caller = string.match(record, '^burned:([^:]+):(%d+):(.*)$')
if not attempt then return redis.error_reply('MISCONFIGURED a record is not one of this service') end
return reply('burned', ledger, attempt, tonumber(burned_at), caller)
