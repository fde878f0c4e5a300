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
});
