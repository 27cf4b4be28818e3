"""The budgets' scripts. Redis runs each whole, and by its own clock, so that processes with wrong clocks agree."""

import hashlib
from dataclasses import dataclass, field

_NOW = """
local t = redis.call('TIME')
local real = t[1] * 1000 + math.floor(t[2] / 1000)
local KEPT_MS = 172800000
"""


@dataclass(frozen=True)
class Script:
    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


# KEYS: door, set of doors, then one hash per counter.
# ARGV: member of the set, requests, errors, exchange clock ahead (ms), version of refused accounts,
#       then per counter: field, window (ms), limit, wanted, ceiling, the exchange's own count.
# → state, ms it stays closed, reason, version, refused accounts (only when the version changed), granted, used, ms left …
SYNC = Script(
    _NOW
    + """
local door, ahead = KEYS[1], tonumber(ARGV[4])
redis.call('SADD', KEYS[2], ARGV[1])
local m = redis.call('HMGET', door, 'minute', 'requests', 'errors', 'state', 'until', 'reason', 'refused_version')
local minute, counted = math.floor(real / 60000), tonumber(m[1] or 0)
if counted ~= minute then
  local follows = counted == minute - 1
  redis.call('HSET', door, 'minute', minute, 'requests', 0, 'errors', 0,
    'requests_before', follows and m[2] or 0, 'errors_before', follows and m[3] or 0)
end
redis.call('HINCRBY', door, 'requests', ARGV[2])
redis.call('HINCRBY', door, 'errors', ARGV[3])
redis.call('HSET', door, 'seen', real)
redis.call('PEXPIRE', door, KEPT_MS)

local version, refused = tonumber(m[7] or 0), {}
if version ~= tonumber(ARGV[5]) then
  local all = redis.call('HGETALL', door .. ':refused')
  for i = 1, #all, 2 do
    local left = tonumber(all[i + 1]) - real
    if left > 0 then
      refused[#refused + 1] = all[i]
      refused[#refused + 1] = tostring(left)
    else
      redis.call('HDEL', door .. ':refused', all[i])
    end
  end
end
local out = {m[4] or '', math.max(0, tonumber(m[5] or 0) - real), m[6] or '', version, refused}

for i = 3, #KEYS do
  local at = 6 + (i - 3) * 6
  local name, window, limit = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local want, ceiling, reported = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local slot = math.floor((real + ahead) / window)
  local left = (slot + 1) * window - real - ahead
  local c = redis.call('HMGET', KEYS[i], name .. ':slot', name .. ':used')
  local used = 0
  if tonumber(c[1] or -1) == slot then used = tonumber(c[2]) end
  used = math.max(used, reported)
  local granted = math.max(0, math.min(want, ceiling - used))
  used = used + granted
  redis.call('HSET', KEYS[i], name .. ':slot', slot, name .. ':used', used, name .. ':limit', limit,
    name .. ':ends', real + left)
  if KEYS[i] ~= door then redis.call('PEXPIRE', KEYS[i], window * 2) end
  out[#out + 1] = granted
  out[#out + 1] = used
  out[#out + 1] = left
end
return out
"""
)

# ARGV: state, reason, ms. A longer closing is never shortened; a breaker's gives way to the exchange's own word.
CLOSE = Script(
    _NOW
    + """
local m = redis.call('HMGET', KEYS[1], 'state', 'until', 'since')
local ends = real + tonumber(ARGV[3])
local closed = m[1] and (tonumber(m[2]) > real or m[1] == 'down')
if closed and m[1] ~= 'down' and tonumber(m[2]) >= ends then return 0 end
if closed and ARGV[1] == 'down' and m[1] ~= 'down' then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[1], 'reason', ARGV[2], 'until', ends, 'since',
  closed and m[1] == ARGV[1] and m[3] or real)
redis.call('PEXPIRE', KEYS[1], KEPT_MS)
return 1
"""
)

# ARGV: state, 1 to leave alone what is still closed.
OPEN = Script(
    _NOW
    + """
local m = redis.call('HMGET', KEYS[1], 'state', 'until')
if m[1] ~= ARGV[1] then return 0 end
if ARGV[2] == '1' and tonumber(m[2] or 0) > real then return 0 end
redis.call('HDEL', KEYS[1], 'state', 'reason', 'until', 'since')
return 1
"""
)

# KEYS: door, list of the account's refusals. ARGV: account, calls, ms.
REFUSED = Script(
    _NOW
    + """
local calls, span = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('LPUSH', KEYS[2], real)
redis.call('LTRIM', KEYS[2], 0, calls - 1)
redis.call('PEXPIRE', KEYS[2], span)
local oldest = redis.call('LINDEX', KEYS[2], calls - 1)
if not oldest or tonumber(oldest) + span <= real then return 0 end
redis.call('HSET', KEYS[1] .. ':refused', ARGV[1], tonumber(oldest) + span)
redis.call('PEXPIRE', KEYS[1] .. ':refused', KEPT_MS)
redis.call('HINCRBY', KEYS[1], 'refused_version', 1)
return 1
"""
)

ACCEPTED = Script(
    """
redis.call('DEL', KEYS[2])
if redis.call('HDEL', KEYS[1] .. ':refused', ARGV[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'refused_version', 1)
end
return 1
"""
)

CLOCK = Script("redis.call('HSET', KEYS[1], 'clock_ms', ARGV[1]) return 1")
