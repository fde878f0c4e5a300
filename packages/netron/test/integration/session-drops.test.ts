/** Sessions whose connections are cut at every byte, and again and again. */
import { describe, expect, it } from 'vitest';
import { staticDiscovery } from '../../src/discovery.js';
import { Netron } from '../../src/index.js';
import { Link } from '../../src/peer/link/link.js';
import { CuttingProxy } from '../transport/cutting-proxy.js';
import { drops } from './drops.js';
import { quiet } from './nodes.js';
import { type Shop, shop } from './resumed.js';

describe('a connection that is cut at every byte of request and answer', () => {
  it.each([
    ['a peer', 200],
    ['a service', 1_000],
  ] as const)('F2: each call of %s, of %i, has one effect and its answer', async (target, runs) => {
    const { service, effects } = shop();
    const server = await Netron.create({ id: 'server', logger: quiet, transports: { tcp: { port: 0, host: '127.0.0.1' } } });
    await server.peer.exposeService(service);
    const proxy = new CuttingProxy(Number(/:(\d+)$/.exec(server.addresses[0] as string)?.[1]));
    const address = `tcp://127.0.0.1:${await proxy.listen()}`;
    const discovery = { discovery: staticDiscovery([{ id: 'server', address }]) };
    // No delay before the next connection.
    const client = await Netron.create({ logger: quiet, reconnectDelay: 0, ...(target === 'a service' && discovery) });
    const remote =
      target === 'a service'
        ? client.service<Shop>('shop')
        : await (await client.connect(address, { session: true })).queryInterface<Shop>('shop');
    await remote.order(0);
    const link = client.peers.get('server')?.link;
    expect(link).toBeInstanceOf(Link);
    for (let run = 1; run <= runs; run += 1) {
      // A request has 15 bytes, its answer 9; what follows are acknowledgements and the next hello.
      proxy.left = 1 + (run % 40);
      expect(await remote.order(run)).toBe(run);
    }
    expect(proxy.cuts).toBeGreaterThan(0.3 * runs);
    expect(effects.size).toBe(runs + 1);
    expect(new Set(effects.values())).toEqual(new Set([1]));
    // The same conversation from the first call to the last.
    expect(client.peers.get('server')?.link).toBe(link);
    await Promise.all([client.stop(), server.stop()]);
    await proxy.close();
  });
});

it('F3: 50 drops in 50,000 items: all arrive in order, none is lost or doubled, and nothing is left', async () => {
  expect(await drops(50_000, 50)).toEqual({ items: 50_000, drops: 50, left: 0 });
});
