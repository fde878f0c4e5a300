/** Scripts of limits and results: each is atomic and uses the server's clock. */

/**
 * Counts a call, unless a window of time would exceed the limit. A window is counted in 48 parts; a refused call changes nothing.
 *
 * KEYS: counts. ARGV: limit, window in ms, cost. Answers: 1 when allowed, what is left, milliseconds until the next call of this cost is
 * allowed, or until the window is empty.
 *
 * The counts are one text: number of the last part, then a count for each of 49 parts, in 2 or 4 bytes.
 */
export const limit = `
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local slots, size = 49, window / 48
local part = math.floor(now / size)
local width = limit < 65536 and 2 or 4
local number = '>I' .. width
local counts, last = {}, part - slots
local state = redis.call('GET', KEYS[1])
if state and #state == 8 + slots * width then
  last = struct.unpack('>d', state)
  for slot = 0, slots - 1 do counts[slot] = struct.unpack(number, state, 9 + slot * width) end
  -- After a failover the clock may go back.
  if last > part then
    part = last
    now = part * size
  end
else
  for slot = 0, slots - 1 do counts[slot] = 0 end
end
for passed = math.max(last + 1, part - slots + 1), part do counts[passed % slots] = 0 end
local sum = 0
for slot = 0, slots - 1 do sum = sum + counts[slot] end
if sum + cost <= limit then
  counts[part % slots] = counts[part % slots] + cost
  local packed = { struct.pack('>d', part) }
  for slot = 0, slots - 1 do packed[slot + 2] = struct.pack(number, counts[slot]) end
  redis.call('SET', KEYS[1], table.concat(packed), 'PX', math.ceil(slots * size))
  return { 1, limit - sum - cost, math.ceil(slots * size) }
end
local gone, wait = 0, slots * size
for back = slots - 1, 0, -1 do
  gone = gone + counts[(part - back) % slots]
  if gone >= sum + cost - limit then
    wait = (slots - back) * size - (now - part * size)
    break
  end
end
return { 0, math.max(0, limit - sum), math.ceil(wait) }
`;

/**
 * Reads a result, or assigns the turn to compute it to one caller.
 *
 * KEYS: result, turn, tags. ARGV: ticket, longest turn in ms. Answers: 'hit' and the text; 'make' and the state of the tags; 'wait'.
 */
export const take = `
local tags = ''
for index = 3, #KEYS do tags = tags .. (redis.call('GET', KEYS[index]) or '0') .. ' ' end
local have = redis.call('HMGET', KEYS[1], 'g', 't')
if have[2] and have[1] == tags then return { 'hit', have[2] } end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return { 'make', tags } end
return { 'wait', '' }
`;

/** Stores a result with the state that its tags had. KEYS: result, turn. ARGV: ticket, state, text, time to live in ms. */
export const keep = `
redis.call('HSET', KEYS[1], 'g', ARGV[2], 't', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
`;

/** Deletes a result. KEYS: result. */
export const drop = `
redis.call('DEL', KEYS[1])
`;

/** Releases the turn to compute a result. KEYS: turn. ARGV: ticket. */
export const release = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;

/**
 * Changes the state of tags: results stored with another state are not returned any more. KEYS: tags. ARGV: random text, time to live in
 * ms.
 */
export const invalidate = `
for _, tag in ipairs(KEYS) do redis.call('SET', tag, ARGV[1], 'PX', ARGV[2]) end
`;

/**
 * Adds revocations, removes old ones, and returns those after a revision, with their times. A node that has seen more than the store has
 * gets the whole list: the store was emptied, or is a replica that lags behind, whatever has changed there since.
 *
 * The list has an epoch as its last member, drawn when it starts. Each revision of the changes has a mark, drawn when it is made; only the
 * latest ones are kept. Neither outlives the data that it describes. Nothing is written when nothing changes.
 *
 * KEYS: list, changes. ARGV: channel, forget before, epoch, revision and mark seen, random text for new ones, then text and time of each.
 * Times are milliseconds since 1970. Answers epoch, revision, mark, 'new' or 'all', then text and time of each.
 */
export const revoke = `
local list, changes = unpack(KEYS)
local channel, before, seenEpoch, seen, seenMark, random = unpack(ARGV)
local revision = tonumber(redis.call('ZREVRANGE', changes, 0, 0, 'WITHSCORES')[2] or '0')
local last = redis.call('ZREVRANGE', list, 0, 0)[1] or ''
local epoch = string.match(last, '^epoch (%x+)$')
if not epoch or #epoch > 64 then
  redis.call('ZREMRANGEBYSCORE', list, '+inf', '+inf')
  epoch = random
  redis.call('ZADD', list, '+inf', 'epoch ' .. epoch)
end
local known = epoch == seenEpoch and redis.call('ZSCORE', changes, 'mark ' .. seenMark) == seen
for index = 7, #ARGV, 2 do
  local text, at = ARGV[index], ARGV[index + 1]
  if redis.call('ZADD', list, 'GT', 'CH', at, text) == 1 then
    revision = revision + 1
    redis.call('ZADD', changes, revision, text)
    redis.call('PUBLISH', channel, at .. ' ' .. text)
  end
end
local mark
for _, each in ipairs(redis.call('ZRANGEBYSCORE', changes, revision, revision)) do mark = string.match(each, '^mark (.+)$') or mark end
if not mark then
  mark = random
  redis.call('ZADD', changes, revision, 'mark ' .. mark)
  for _, each in ipairs(redis.call('ZRANGEBYSCORE', changes, '-inf', revision - 10000, 'LIMIT', 0, 100)) do
    if string.sub(each, 1, 5) == 'mark ' then redis.call('ZREM', changes, each) end
  end
end
for _, text in ipairs(redis.call('ZRANGEBYSCORE', list, '-inf', '(' .. before, 'LIMIT', 0, 10000)) do
  redis.call('ZREM', list, text)
  redis.call('ZREM', changes, text)
end
local answer = { epoch, string.format('%.0f', revision), mark, known and 'new' or 'all' }
local function add(text, at)
  if not at or string.sub(text, 1, 1) ~= '{' then return end
  answer[#answer + 1] = text
  answer[#answer + 1] = at
end
if known then
  for _, text in ipairs(redis.call('ZRANGEBYSCORE', changes, '(' .. seen, '+inf')) do add(text, redis.call('ZSCORE', list, text)) end
else
  local all = redis.call('ZRANGE', list, 0, -1, 'WITHSCORES')
  for index = 1, #all, 2 do add(all[index], all[index + 1]) end
end
return answer
`;

/**
 * Starts a call with a key, or returns its outcome.
 *
 * KEYS: call, lease of the node that runs it. ARGV: owner, fingerprint of the arguments, time to live of the key and of the lease in ms.
 * Answers: 'new'; 'other' when the arguments differ; 'done' and the outcome; 'running'; 'lost' when no node runs it any more.
 */
export const begin = `
local have = redis.call('HMGET', KEYS[1], 'p', 'o')
if not have[1] then
  redis.call('HSET', KEYS[1], 'p', ARGV[2], 'r', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
  return { 'new', '' }
end
if have[1] ~= '' and ARGV[2] ~= '' and have[1] ~= ARGV[2] then return { 'other', '' } end
if have[2] then return { 'done', have[2] } end
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'running', '' } end
return { 'lost', '' }
`;

/**
 * Renews the lease of a running call, even when it has expired meanwhile: a busy process renews it late.
 *
 * KEYS: call, lease. ARGV: owner, times to live of the key and of the lease in ms.
 */
export const renew = `
local have = redis.call('HMGET', KEYS[1], 'r', 'o')
if have[1] == ARGV[1] and not have[2] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
end
`;

/** Stores the outcome of a call, unless it has been started again. KEYS: call, lease. ARGV: owner, outcome, time to live in ms. */
export const settle = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local runs = redis.call('HGET', KEYS[1], 'r')
if runs and runs ~= ARGV[1] then return end
if not runs then redis.call('HSET', KEYS[1], 'p', '') end
redis.call('HSET', KEYS[1], 'o', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`;

/** Deletes a call that did not run, whether its lease has expired or not. KEYS: call, lease. ARGV: owner. */
export const forget = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if redis.call('HGET', KEYS[1], 'r') == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;
