/**
 * The scripts that write. Each makes every check before its first write, since a script that fails half-way is not rolled back, and
 * each may be sent twice.
 */
export const scripts = {
  mcpBegin: { numberOfKeys: 1, lua: begin() },
  mcpAppend: { numberOfKeys: 6, lua: append() },
  mcpClaim: { numberOfKeys: 1, lua: claim() },
  mcpTrim: { numberOfKeys: 3, lua: trim() },
  mcpDrop: { numberOfKeys: 2, lua: drop() },
  mcpSeen: { numberOfKeys: 1, lua: seen() },
  mcpAsk: { numberOfKeys: 4, lua: ask() },
  /** Its first argument is how many keys there are. */
  mcpPutPages: { lua: putPages() },
};

/** KEYS meta. ARGV a fresh identity. Returns the identity of the log, which it gets now if it has none. */
function begin(): string {
  return `
if redis.call('HSETNX', KEYS[1], 'log', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'sequence', 0, 'digest', '', 'recordedAt', 0)
end
return redis.call('HGET', KEYS[1], 'log')`;
}

/**
 * KEYS log, meta, versions, epochs, recorded, first answer.
 * ARGV log identity; role, number and holder of the epoch (role empty: none); ms to keep the result; ms to keep the first answer
 * (0: no idempotency key); the first answer; then for each event: subject, expected version (empty: any), 1 for a tombstone,
 * payload hash, JSON.
 * Returns what came of it and a record, \`<sequence> <digest> <versions>\`, followed by the first answer where one is repeated.
 */
function append(): string {
  return `
local log, meta, versions, epochs, recorded, answered = unpack(KEYS)
local role, number, holder, keepResult, keepAnswer, answer = unpack(ARGV, 2, 7)
local head = redis.call('HMGET', meta, 'log', 'sequence', 'digest', 'recordedAt')
if head[1] ~= ARGV[1] then return {'REPLACED', head[1] or ''} end

-- Each repeat writes, if only an expiry: what WAIT promises is about the writes of its own connection.
local result = redis.call('GET', recorded)
if result then
  redis.call('PEXPIRE', recorded, keepResult)
  return {'RECORDED', result}
end
if role ~= '' and redis.call('HGET', epochs, role) ~= number .. ':' .. holder then return {'DEPOSED'} end
if keepAnswer ~= '0' then
  local first = redis.call('GET', answered)
  if first then
    redis.call('PEXPIRE', answered, keepAnswer)
    return {'REPEATED', first}
  end
end

local subjects = {}
for i = 8, #ARGV, 5 do subjects[#subjects + 1] = ARGV[i] end
local left = {}
for first = 1, #subjects, 1000 do
  local last = math.min(first + 999, #subjects)
  local found = redis.call('HMGET', versions, unpack(subjects, first, last))
  for n = first, last do left[subjects[n]] = tonumber(found[n - first + 1] or 0) end
end
local given = {}
for n = 1, #subjects do
  local i = 3 + 5 * n
  local actual, expected = left[subjects[n]], ARGV[i + 1]
  if expected ~= '' and tonumber(expected) ~= actual then return {'CONFLICT', subjects[n], expected, actual} end
  given[n] = actual + 1
  left[subjects[n]] = ARGV[i + 2] == '1' and 0 or actual + 1
end

local time = redis.call('TIME')
local now = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(head[4]))
local sequence, digest = tonumber(head[2]), head[3]
for n = 1, #given do
  local i = 3 + 5 * n
  sequence = sequence + 1
  local facts = given[n] .. ' ' .. now .. ' ' .. subjects[n]
  digest = redis.sha1hex(digest .. ' ' .. sequence .. ' ' .. ARGV[i + 3] .. ' ' .. facts)
  local added = redis.pcall('XADD', log, sequence .. '-0', 'h', digest .. ' ' .. facts, 'e', ARGV[i + 4])
  -- only the first can be refused: someone else has added to the stream, or the server takes no writes
  if type(added) == 'table' then return added end
end
local raised = {}
for subject, version in pairs(left) do
  if version == 0 then redis.call('HDEL', versions, subject)
  else
    raised[#raised + 1] = subject
    raised[#raised + 1] = version
  end
end
for first = 1, #raised, 2000 do
  redis.call('HSET', versions, unpack(raised, first, math.min(first + 1999, #raised)))
end
redis.call('HSET', meta, 'sequence', sequence, 'digest', digest, 'recordedAt', now)
result = sequence .. ' ' .. digest .. ' ' .. table.concat(given, ',')
redis.call('SET', recorded, result, 'PX', keepResult)
if keepAnswer ~= '0' then redis.call('SET', answered, result .. ' ' .. answer, 'PX', keepAnswer) end
return {'RECORDED', result}`;
}

/** KEYS epochs. ARGV role, holder. Returns the number of the new epoch. */
function claim(): string {
  return `
local last = redis.call('HGET', KEYS[1], ARGV[1])
local number = (last and tonumber(string.match(last, '^%d+')) or 0) + 1
redis.call('HSET', KEYS[1], ARGV[1], number .. ':' .. ARGV[2])
return number`;
}

/**
 * KEYS meta, baseline, epochs. ARGV log identity, sequence, digest, time, id of the baseline, events in it; role, number and holder
 * of the epoch (role empty: none).
 * Makes a baseline that is wholly written the beginning of the log, unless a later one is, and removes the one it replaces.
 */
function trim(): string {
  return `
local found = redis.call('HMGET', KEYS[1], 'log', 'trimmed', 'baseline')
if found[1] ~= ARGV[1] then return {'REPLACED', found[1] or ''} end
if found[3] == ARGV[5] then return {'DONE', ''} end
if ARGV[7] ~= '' and redis.call('HGET', KEYS[3], ARGV[7]) ~= ARGV[8] .. ':' .. ARGV[9] then return {'DEPOSED', ''} end
if found[2] and tonumber(found[2]) > tonumber(ARGV[2]) then return {'TRIMMED', found[2]} end
-- a replica that was promoted meanwhile may lack a part of it
local written = redis.call('XLEN', KEYS[2])
if written ~= tonumber(ARGV[6]) then return {'TORN', tostring(written)} end
redis.call('PERSIST', KEYS[2])
redis.call('HSET', KEYS[1], 'trimmed', ARGV[2], 'trimmedDigest', ARGV[3], 'trimmedAt', ARGV[4], 'baseline', ARGV[5], 'baselineEvents', ARGV[6])
if found[3] then redis.call('UNLINK', string.sub(KEYS[2], 1, -1 - #ARGV[5]) .. found[3]) end
return {'DONE', ''}`;
}

/**
 * KEYS log, meta. ARGV log identity, sequence, most events to drop.
 * Drops events up to the sequence, if the log begins there or later: a replica that was promoted meanwhile may not have been told.
 * Returns how many it dropped.
 */
function drop(): string {
  return `
local found = redis.call('HMGET', KEYS[2], 'log', 'trimmed')
if found[1] ~= ARGV[1] then return {'REPLACED', found[1] or ''} end
if tonumber(found[2] or 0) < tonumber(ARGV[2]) then return {'UNTRIMMED', ''} end
local dropped = redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[2] + 1, 'LIMIT', ARGV[3])
-- what is left is in the last node of the stream: a few hundred events at most
if dropped == 0 then dropped = redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2] + 1) end
return {'DONE', tostring(dropped)}`;
}

/**
 * KEYS responders. ARGV id of a responder, 1 if it serves and 0 if it has stopped. Each has a field with the time it was last seen, for
 * as long as it serves; the field `at` is when any of them last was.
 */
function seen(): string {
  return `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'at', now)
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], ARGV[1], now) else redis.call('HDEL', KEYS[1], ARGV[1]) end
return now`;
}

/**
 * KEYS questions, responders, asked, reply. ARGV id, body, deadline in ms from now, longest silence of a responder in ms, most
 * questions kept. Returns the reply if there is one; otherwise puts the question, once, if somebody serves.
 */
function ask(): string {
  return `
local reply = redis.call('GET', KEYS[4])
if reply then return {'REPLY', reply} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen, serving = 0, false
local responders = redis.call('HGETALL', KEYS[2])
for i = 1, #responders, 2 do
  local name, at = responders[i], tonumber(responders[i + 1])
  if name == 'at' then seen = at
  elseif now - at <= tonumber(ARGV[4]) then serving = true
  else redis.call('HDEL', KEYS[2], name) end
end
if not serving then return {'NOBODY', tostring(seen)} end
if redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[3]) then
  redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[5], '*', 'id', ARGV[1], 'body', ARGV[2], 'deadline', now + tonumber(ARGV[3]))
end
return {'ASKED'}`;
}

/**
 * KEYS puts of a resolution, then the key of each page. ARGV time, header, points, id of this put, then each page. Puts all of it and
 * returns 1, or 0 where there is something at that time or after, unless it is this put. A page that its stream does not take is a hole.
 */
function putPages(): string {
  return `
local put = redis.pcall('XADD', KEYS[1], ARGV[1] .. '-0', 'header', ARGV[2], 'points', ARGV[3], 'put', ARGV[4])
if type(put) == 'table' then
  if not string.find(put.err, 'equal or smaller', 1, true) then return put end
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  return newest and newest[2][6] == ARGV[4] and 1 or 0
end
for n = 2, #KEYS do redis.pcall('XADD', KEYS[n], ARGV[1] .. '-0', 'page', ARGV[n + 3]) end
return 1`;
}
