/** The scripts that run in Redis: each is atomic and uses the server's clock. */

/**
 * One heartbeat of a node: renews its lease, removes nodes whose lease has expired, and returns the changes. Starts a new epoch when the
 * store lacks what the node has seen: it was emptied, or is a replica that lags behind. Also when its clock went back, or forward by more
 * than a lease without a heartbeat: leases that expired meanwhile mean nothing, and all start again.
 *
 * KEYS: leases, changes, gone, revision, epoch, time of the last beat, own record. ARGV: own id ('' when not announced), instance, digest,
 * record ('' when it was sent before), lease in ms, '1' for the first beat of a run, number of the change after which the list begins ('0':
 * it is whole), epoch and revision seen last, id changed at that revision, random text for a new epoch, prefix of records, channel, length
 * of a page, bytes of the longest id.
 *
 * Answers: epoch, revision, '1' when the list is whole, instance that has the id ('' when it is ours), '1' when the record is wanted, id
 * changed last, number of nodes, number of the change after which the next page begins ('' when this is the last), number of ids left out
 * as too long, then id and digest of each node that has changed, a page at most; the digest is '' when it has left.
 */
export const beat = `
local leases, changes, gone, revision, epochKey, clock, own = unpack(KEYS)
local id, instance, digest, record, lease, first, after, seenEpoch, seen, seenId, random, prefix, channel, page, longest = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('GET', epochKey)
-- Not one of these scripts': nodes would send it with each beat.
if epoch and #epoch > 64 then epoch = false end
local known = tonumber(seen)
local function behind()
  if known == 0 then return false end
  if known > tonumber(redis.call('GET', revision) or '0') then return true end
  local score = redis.call('ZSCORE', changes, seenId)
  return not score or tonumber(score) < known
end
local last = tonumber(redis.call('GET', clock) or now)
local jumped = now < last or now - last > tonumber(lease)
redis.call('SET', clock, now)
if not epoch or jumped or (epoch == seenEpoch and behind()) then
  epoch = random
  redis.call('SET', epochKey, epoch)
end
if jumped then
  for _, node in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    redis.call('ZADD', leases, now + lease, node)
  end
end
local function change(node, json)
  local number = redis.call('INCR', revision)
  redis.call('ZADD', changes, number, node)
  redis.call('PUBLISH', channel, epoch .. ' ' .. number .. ' ' .. #node .. ' ' .. node .. json)
end
local rival, wanted = '', '0'
if id ~= '' then
  local have = redis.call('HMGET', own, 'i', 'd')
  -- A store may have lost one key and kept another: whoever has the record and is not listed says it once more.
  local listed = redis.call('ZSCORE', leases, id) and redis.call('ZSCORE', changes, id)
  -- What another run has left in a store that has lost something since is no rival.
  local takes = first == '1' or (seenEpoch ~= '' and seenEpoch ~= epoch)
  if have[1] and have[1] ~= instance and not takes then
    rival = have[1]
  elseif have[1] == instance and have[2] == digest and listed then
    redis.call('PEXPIRE', own, lease * 2)
    redis.call('ZADD', leases, now + lease, id)
  elseif record == '' then
    wanted = '1'
  else
    redis.call('HSET', own, 'i', instance, 'd', digest, 'j', record)
    redis.call('PEXPIRE', own, lease * 2)
    redis.call('ZADD', leases, now + lease, id)
    redis.call('ZREM', gone, id)
    change(id, record)
  end
end
for _, node in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', leases, node)
  redis.call('DEL', prefix .. node)
  redis.call('ZADD', gone, now, node)
  change(node, '')
end
local lastId = redis.call('ZREVRANGE', changes, 0, 0)[1] or ''
for _, node in ipairs(redis.call('ZRANGEBYSCORE', gone, '-inf', now - 600000, 'LIMIT', 0, 100)) do
  -- The last change stays: by it others tell that they have seen it.
  if node ~= lastId then
    redis.call('ZREM', gone, node)
    redis.call('ZREM', changes, node)
  end
end
if epoch ~= seenEpoch then after = '0' end
-- Whoever is to send its record asks once more, and gets the list then.
if wanted == '1' then page = 0 end
local nodes = redis.call('ZRANGEBYSCORE', changes, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, page)
local continues = #nodes > 0 and #nodes == 2 * page and nodes[#nodes] or ''
local answer = { epoch, redis.call('GET', revision) or '0', after == '0' and '1' or '0', rival, wanted, lastId }
for _, field in ipairs({ tostring(redis.call('ZCARD', leases)), continues, '0' }) do answer[#answer + 1] = field end
local left = 0
for index = 1, #nodes, 2 do
  local node = nodes[index]
  if #node > tonumber(longest) then
    left = left + 1
  else
    local key = prefix .. node
    local known = redis.call('ZSCORE', leases, node) and redis.call('HSTRLEN', key, 'd') <= 64
    answer[#answer + 1] = node
    answer[#answer + 1] = known and redis.call('HGET', key, 'd') or ''
  end
end
answer[9] = tostring(left)
return answer
`;

/**
 * Returns records of at most 100 nodes. KEYS: leases. ARGV: longest record, prefix of records, ids. Answers a record for each: nil for
 * those that do not exist, '' for those that are longer, which are never sent.
 */
export const fetch = `
local answer = {}
for index = 3, #ARGV do
  local key = ARGV[2] .. ARGV[index]
  local length = redis.call('HSTRLEN', key, 'j')
  if length == 0 then
    answer[#answer + 1] = false
  else
    answer[#answer + 1] = length <= tonumber(ARGV[1]) and redis.call('HGET', key, 'j') or ''
  end
end
return answer
`;

/**
 * Removes a node, unless another run has its id. KEYS: leases, changes, gone, revision, epoch, time, own record. ARGV: id, instance,
 * channel.
 */
export const leave = `
local leases, changes, gone, revision, epoch, _, own = unpack(KEYS)
if redis.call('HGET', own, 'i') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
redis.call('DEL', own)
redis.call('ZREM', leases, ARGV[1])
redis.call('ZADD', gone, time[1] * 1000, ARGV[1])
local number = redis.call('INCR', revision)
redis.call('ZADD', changes, number, ARGV[1])
redis.call('PUBLISH', ARGV[3], (redis.call('GET', epoch) or '') .. ' ' .. number .. ' ' .. #ARGV[1] .. ' ' .. ARGV[1])
return 1
`;
