/** How a service of an application is found, and how its calls are shared. */
import { MemoryTransport, Netron } from '@omnitron-dev/netron';
import { MemoryRegistry, memoryDiscovery } from '@omnitron-dev/netron/discovery';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp, defineTitanService, Public, TitanService, type TitanServiceOptions } from '../../src/index.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function cluster() {
  const registry = new MemoryRegistry();
  const memory = new MemoryTransport();
  const discovery = () => ({ backend: memoryDiscovery(registry) });
  return {
    async serve(name: string, service: object) {
      const netron = { transports: { memory: { name } }, additionalTransports: [memory], discovery: discovery() };
      const app = createApp({ signals: false, logger: { level: 'silent' }, netron, config: { netron: { healthPort: false } } });
      await app.service(service).start();
      ends.push(() => app.stop());
    },
    async client() {
      const node = await Netron.create({ logLevel: 'silent', additionalTransports: [memory], discovery: discovery() });
      ends.push(() => node.stop());
      return node;
    },
  };
}

type Kind = (name: string, discovery: TitanServiceOptions['discovery']) => object;
const kinds: [string, Kind][] = [
  [
    'a class',
    (name, discovery) => {
      @TitanService({ name: 'users', ...(discovery && { discovery }) })
      class Users {
        @Public()
        where() {
          return name;
        }
      }
      return Users;
    },
  ],
  [
    'an object',
    (name, discovery) =>
      defineTitanService({ name: 'users', contract: {}, ...(discovery && { discovery }), methods: { where: () => name } }),
  ],
];

interface Users {
  where(): Promise<string>;
}

describe.each(kinds)('SV-10: %s', (_, make) => {
  it('has its calls shared as it says', async () => {
    const { serve, client } = cluster();
    for (const name of ['a', 'b'])
      await serve(name, make(name, { enabled: true, healthCheck: true, loadBalancing: 'round-robin' }));
    const node = await client();
    const peer = await node.connect('users');
    await vi.waitFor(() => expect(peer.peers).toHaveLength(2), { timeout: 60_000 });
    const users = await peer.queryInterface<Users>();
    const answers: string[] = [];
    for (let call = 0; call < 10; call++) answers.push(await users.where());
    expect(answers.filter((name) => name === 'a')).toHaveLength(5);
  });

  it('is not listed when it does not want to be', async () => {
    const { serve, client } = cluster();
    await serve('a', make('a', { enabled: false }));
    await serve('b', make('b', undefined));
    const node = await client();
    const found = await node.discovery.findAllServices('users');
    expect(found.map(({ address }) => address)).toEqual([expect.stringContaining('b')]);
  });
});
