-- What every script begins with. It is put in front of the script that is run.
--
-- A script may be aborted at any command: by memory that is full, by a key that has moved to another node of a
-- Cluster, by the end of the server. What it wrote until then stays. So every script reads first and writes last,
-- and writes in one order (commit): meta, which counts the records, before the records. Then an aborted script
-- leaves fewer records than were counted, which ends the epoch, and never a record that nobody counted.
--
-- A script names its keys and arguments in its first lines; the names are its variables, and those by which it is
-- called (scripts.ts). Before them, ARGV 1 of every script is the tag of this question: random, drawn for each sending.
-- The reply begins with it, so that a reply to another question is noticed; and it seeds the name of a new epoch. ARGV 2
-- is the instance that asks, and ARGV 3 about how many events the shard keeps, 0 for none.
--
-- meta hash, one per shard:
--   epoch          the living epoch's id               identity      of the server that it lives on, see read_identity
--   format         layout of keys and records          size          how many fields this hash must have
--   changes        changes recorded in this epoch      generation    revocations by subject in this epoch
--   forgotten      expiry minute up to which nothing   subjects      numbers of the subject buckets, by comma
--                  is remembered and nothing burns     reason        why this epoch began
--   started_at     when it began, unix milliseconds    previous      epochs that it replaced, newest first
--   freeze         digest of the ticket that thaws, and unix milliseconds since when; empty when it is not frozen
--   frozen_until   unix milliseconds, 0 when it is not frozen
--   revoked_keys   kids of the keys that were revoked, newest first, by comma; a new epoch takes them over
--   callers        how many callers have a number     c:<caller>     the number of one that has burned in this epoch
--   n:<number>     the caller with that number        swept          expiry minute up to which counts were dropped
--   b<minute>, b<minute>.<place>   how many fields that bucket of that expiry minute must have
--   usual          what the usual burn looks at, in one text: see usual_of; empty while there is no usual burn
--   h<minute>      the highest place of a bucket of that minute, if it has more than the one without
--   s<number>      how many fields the subject bucket of that number must have
-- bucket hash, one or more per shard, epoch and expiry minute: see records.lua
-- subject bucket hash, one per shard, epoch and two hours: see subjects.lua
-- deposits, each under a key of its own: see deposits.lua
-- events stream, one per shard: what changed the ledger, recorded by the script that changed it: see add_record

local FORMAT = '5'
local NAME_FIELD = '@'           -- of a bucket: its own name, so that another one put in its place is noticed
local REMEMBERED_SECONDS = 600   -- records are remembered and counted this long after their token's minute
local CLOCK_MARGIN_SECONDS = 600 -- Redis itself drops a bucket only this much later
local CLOCK_SLACK_SECONDS = 120  -- how far the clock may be behind the forgotten minute without alarm
local PERIOD_SECONDS = 7200      -- of a subject bucket
local LONGEST_LIFE_SECONDS = 3600 + 60 -- of a token: the longest lifetime, and the largest clock tolerance
-- The clock can go back this far without ending the epoch, or a little less: the forgotten minute lies at most
-- REMEMBERED_SECONDS and two minutes behind the newest time that was seen, and the slack comes on top.
local LONGEST_STEP_BACK_SECONDS = REMEMBERED_SECONDS + 120 + CLOCK_SLACK_SECONDS + 60
-- A freeze that lasts longer was made by a clock that was ahead. Whoever froze has an hour, and the clock may go back.
local LONGEST_FREEZE_SECONDS = 3600 + LONGEST_STEP_BACK_SECONDS
local MOST_PREVIOUS = 8          -- epochs whose names a new one keeps
local MOST_DROPPED = 1000        -- fields that one command drops
-- No bucket has a minute that is further ahead of the forgotten one: whoever writes forgets first, and a token that is
-- minted then lives at most the longest life from the newest time that was seen.
local MOST_MINUTES_AHEAD = (REMEMBERED_SECONDS + LONGEST_LIFE_SECONDS) / 60 + 10
local MOST_SWEPT = 4000          -- counts that one script looks for and drops, or those of one minute
local NONCE_CHARACTERS = 16      -- of a token's nonce name its records: 96 bits. Those after them say in which bucket
local PLACE_CHARACTERS = 3
local ATTEMPT_CHARACTERS = 22
local USUAL_REPLICATION = 55     -- so many characters of `usual` say whose replication, so many also in which process,
local USUAL_SERVER = 103         -- and after so many format, epoch, key and revocations follow: see usual_of
local USUAL_NUMBERS = 119
local UNKNOWN_VERSION = 0x090000 -- of Redis or Valkey, from which on the usual burn does not know what they do
local LEVEL_FACTOR = 4096        -- a token's lifetime in seconds is less; its level is above it
local RECORD_MINUTES = 20        -- after its expiry minute, before which a token was burned: see encode_use
local TIME_CHARACTERS = 7        -- the last digits of unix milliseconds that such a record keeps: they return after 166 minutes
local META_SECONDS = 24 * 3600   -- Redis drops the memory of a shard that nobody has used for so long
local CUT_EVERY = 64             -- usual burns of a bucket, one cuts the stream of events
local EVENTS_SECONDS = 90 * 24 * 3600 -- and its events, when nothing has changed for so long

local TAG, INSTANCE, KEEP = ARGV[1], ARGV[2], ARGV[3] + 0
