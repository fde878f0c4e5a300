/** Nodes by SRV records, from a real server of DNS. */
import { afterEach, describe, expect, it } from 'vitest';
import { dnsDiscovery } from '../../src/discovery/node/dns.js';
import { discover, stopAll } from '../contract/discovering.js';
import { leaves, startNode, state, stopNodes } from '../contract/found-nodes.js';
import { type ServerProcess, startServer } from '../server-process.js';

const servers: ServerProcess[] = [];
afterEach(async () => {
  await stopAll();
  await stopNodes();
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

/** A zone with records of the form `target,port,priority,weight`; they can be changed before it is started again. */
async function zone(records: string[]): Promise<ServerProcess> {
  const args = (port: number): string[] => [
    ...['--no-daemon', `--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--no-resolv', '--no-hosts'],
    ...['--conf-file=/dev/null', '--local=/example.test/', '--user=root', '--pid-file='],
    ...records.map((record) => `--srv-host=_netron._tcp.example.test,${record}`),
  ];
  const server = await startServer('dnsmasq', args, /started, version/);
  servers.push(server);
  return server;
}

const name = '_netron._tcp.example.test';
const backend = (server: ServerProcess) =>
  dnsDiscovery({ name, scheme: 'tcp', servers: [`127.0.0.1:${server.port}`], interval: 200 });

describe('DNS', () => {
  it('uses the targets of the lowest priority with their weights', async () => {
    const server = await zone(['a.example.test,7000,1,10', 'b.example.test,7001,1,30', 'spare.example.test,7002,2,1']);
    const node = await discover('asking', { backend: backend(server) }, { where: [] });
    const found = await node.discovery.getActiveNodes();
    expect(found.map(({ id, weight }) => [id, weight]).sort()).toEqual([
      ['tcp://a.example.test:7000', 10],
      ['tcp://b.example.test:7001', 30],
    ]);
  });

  it('notices changed records; a name without records has no nodes', async () => {
    const records = ['a.example.test,7000,1,10'];
    const server = await zone(records);
    const node = await startNode('a', { backend: backend(server), interval: 200 });
    const left = leaves(node);
    await server.kill();
    records.splice(0, 1, 'b.example.test,7000,1,10');
    await server.start();
    while ((await node.discovery.getActiveNodes())[0]?.id !== 'tcp://b.example.test:7000') {
      await node.discovery.findAllServices({ name: 'x', fresh: true });
    }
    expect(left).toEqual(['tcp://a.example.test:7000']);
    await server.kill();
    records.length = 0;
    await server.start();
    while ((await node.discovery.getActiveNodes()).length > 0) {
      await node.discovery.findAllServices({ name: 'x', fresh: true });
    }
    expect(node.discovery.state).toBe('ready');
  });

  it('a failing server removes no node and is reported', async () => {
    const server = await zone(['a.example.test,7000,1,10']);
    const node = await startNode('a', { backend: backend(server), interval: 200 });
    const left = leaves(node);
    await server.kill();
    await state(node, 'degraded');
    expect(node.discovery.backends[0]?.error?.message).toMatch(/querySrv/);
    await server.start();
    await state(node, 'ready');
    expect(left).toEqual([]);
  });

  it('refuses a scheme that the node has no transport for', async () => {
    for (const backend of ['dns:example.test?scheme=ftp', dnsDiscovery({ name: 'example.test', scheme: 'ftp' })])
      await expect(discover('asking', { backend }, { where: [] })).rejects.toThrow("scheme ftp of 'dns'");
  });

  it('accepts a URL and refuses one without a name', async () => {
    const server = await zone(['a.example.test,7000,1,10']);
    const url = `dns:${name}?scheme=tcp&server=127.0.0.1:${server.port}`;
    const node = await discover('asking', { backend: url }, { where: [] });
    expect((await node.discovery.getActiveNodes()).map(({ id }) => id)).toEqual(['tcp://a.example.test:7000']);
    expect(() => dnsDiscovery('dns:')).toThrow('name must be a string such as _netron._tcp.example.com');
  });
});
