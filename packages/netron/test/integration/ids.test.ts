import { describe, expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import { quiet } from './nodes.js';

describe("a node's id at the other end", () => {
  it('20: stays the same after a reconnect, and has an ordinal with several connections', async () => {
    await using server = await Netron.create({ id: 'server', listenPort: 0, logger: quiet });
    await using client = await Netron.create({ id: 'client', logger: quiet });
    const address = server.addresses[0] as string;
    const seen: string[] = [];
    server.on('peer:connected', ({ id }) => seen.push(id));
    for (let round = 0; round < 3; round += 1) {
      const peer = await client.connect(address);
      expect(peer.id).toBe('server');
      await peer.disconnect();
    }
    expect(new Set(seen)).toEqual(new Set(['client']));
    const pool = await Promise.all([1, 2, 3].map(() => client.connect(address)));
    expect(pool.map(({ id }) => id).sort()).toEqual(['server', 'server#2', 'server#3']);
    expect([...server.peers.keys()].sort()).toEqual(['client', 'client#2', 'client#3']);
  });

  it('is authorized once for all connections of a node: without the right to it there is no numbered id either', async () => {
    const authenticate = (name: unknown) => (name === undefined ? undefined : { id: name });
    await using server = await Netron.create({ id: 'server', listenPort: 0, logger: quiet, authenticate });
    const address = server.addresses[0] as string;
    const run = (credentials?: string) =>
      Netron.create({ id: 'w', logger: quiet, maxReconnectAttempts: 0, ...(credentials && { credentials }) });
    await using own = await run('ann');
    await own.connect(address);
    for (const credentials of [undefined, 'bob']) {
      await using stranger = await run(credentials);
      const refused = await Promise.allSettled([1, 2, 3].map(() => stranger.connect(address)));
      expect(refused.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
        Array(3).fill('already_exists'),
      );
    }
    await own.connect(address);
    const identities = () => [...server.peers.values()].map(({ id, identity }) => [id, identity]);
    expect(identities()).toEqual([
      ['w', { id: 'ann' }],
      ['w#2', { id: 'ann' }],
    ]);
    // The next run of the same program takes the place of all of them.
    await using next = await run('ann');
    await Promise.all([next.connect(address), next.connect(address)]);
    expect(identities()).toEqual([
      ['w', { id: 'ann' }],
      ['w#2', { id: 'ann' }],
    ]);
    expect(new Set([...server.peers.values()].map(({ instance }) => instance)).size).toBe(1);
    expect([...own.peers.values()].some(({ state }) => state === 'ready')).toBe(false);
  });
});
