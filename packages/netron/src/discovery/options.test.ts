import { describe, expect, it } from 'vitest';
import { quiet } from '../../test/integration/nodes.js';
import { advertisedAddresses, networkAddresses } from './advertise.js';
import { MemoryRegistry, memoryDiscovery } from './memory.js';
import { type DiscoveryNodeOptions, readDiscovery } from './options.js';
import { staticDiscovery } from './static.js';
import { storeBackend } from './store-backend.js';

const read = async (options: DiscoveryNodeOptions) => {
  const warnings: object[] = [];
  const logger = { ...quiet, warn: (facts: object) => warnings.push(facts) };
  const result = await readDiscovery(options, { logger, schemes: new Set(['ws', 'tcp', 'quic']) });
  return { warnings, ...result, names: result?.settings.backends.map(({ name }) => name) };
};
const memory = () => memoryDiscovery(new MemoryRegistry());

describe('DI-01, DI-02: options', () => {
  it('are off by default, and may be switched off', async () => {
    expect((await read({})).settings).toBe(undefined);
    expect((await read({ discovery: false })).settings).toBe(undefined);
    expect((await read({ discovery: { enabled: false, backend: memory() } })).settings).toBe(undefined);
    expect((await read({ discovery: true, discoveryEnabled: false })).settings).toBe(undefined);
  });

  it('accept registries: this machine, a backend, a list of them', async () => {
    expect((await read({ discovery: true })).names).toEqual(['local']);
    expect((await read({ discoveryEnabled: true })).names).toEqual(['local']);
    expect((await read({ discovery: 'local' })).names).toEqual(['local']);
    expect((await read({ discovery: { enabled: true } })).names).toEqual(['local']);
    expect((await read({ discovery: memory() })).names).toEqual(['memory']);
    expect((await read({ discovery: [memory(), 'local', staticDiscovery(['ws://a'])] })).names).toEqual([
      'memory',
      'local',
      'static',
    ]);
    expect((await read({ discovery: { backend: memory() } })).names).toEqual(['memory']);
  });

  it('accept the flat form', async () => {
    const { settings } = await read({
      discovery: memory(),
      discoveryEnabled: true,
      discoveryHeartbeatInterval: 1_000,
      discoveryCleanupInterval: 9_000,
    });
    expect(settings).toMatchObject({ interval: 1_000, ttl: 9_000, namespace: 'default', required: false });
  });

  it('take the registry from one form and the rest from another, and ignore undefined values of both', async () => {
    const flat = { discoveryRedisUrl: 'consul://127.0.0.1:1', discoveryHeartbeatInterval: 1_000 };
    for (const discovery of [true, undefined, { enabled: true }, { redis: undefined, interval: undefined }, { namespace: 'n' }]) {
      const { names, settings } = await read({ discoveryEnabled: true, ...flat, discovery: discovery as never });
      expect([names, settings?.interval], JSON.stringify(discovery)).toEqual([['consul'], 1_000]);
    }
    expect((await read({ ...flat, discovery: 'local' })).names).toEqual(['local']);
    expect((await read({ ...flat, discovery: { interval: 2_000 } })).settings?.interval).toBe(2_000);
  });

  it('announce a node so often that one that dies is out within 15 s: when its lease has ended and another one has looked', async () => {
    const { settings: { interval = 0, ttl = 0 } = {} } = await read({ discovery: memory() });
    expect(ttl).toBeGreaterThanOrEqual(3 * interval);
    // A read is late by at most a tenth; the rest is for the time of answers.
    expect(ttl + 1.1 * interval).toBeLessThan(14_000);
  });

  it('raise a ttl below three intervals, and log that once', async () => {
    const { settings, warnings } = await read({ discovery: { backend: memory(), interval: 5_000, ttl: 10_000 } });
    expect(settings?.ttl).toBe(15_000);
    expect(warnings).toEqual([{ ttl: 10_000, interval: 5_000, used: 15_000 }]);
    expect((await read({ discovery: memory() })).warnings).toEqual([]);
  });

  it('are refused when they are invalid', async () => {
    await expect(read({ discovery: { backend: memory(), interval: 0 } })).rejects.toThrow(RangeError);
    await expect(read({ discovery: { backend: memory(), ttl: Number.NaN } })).rejects.toThrow('discovery: ttl must be');
    await expect(read({ discovery: 'gopher://x' })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(read({ discovery: { backend: 5 as never } })).rejects.toThrow(TypeError);
    await expect(read({ discovery: { backend: [] } })).rejects.toThrow('discovery: backend must not be an empty array');
    for (const namespace of ['', 5, 'x'.repeat(129)])
      await expect(read({ discovery: { backend: memory(), namespace: namespace as never } })).rejects.toThrow(
        'discovery: namespace must have 1 to 128 characters',
      );
    for (const namespace of ['..', 'a/b', 'x'.repeat(33)])
      await expect(read({ discovery: { backend: ['local', memory()], namespace } })).rejects.toThrow(
        new TypeError(`discovery: namespace '${namespace}' must be 1 to 32 letters, digits, '_', '-' and '.', and not only dots`),
      );
    await expect(read({ discovery: { backend: memory(), namespace: 'x'.repeat(200) } })).rejects.toThrow('characters, not 200');
    await expect(read({ discovery: { enabled: 'no' as never } })).rejects.toThrow(
      'discovery: enabled must be a boolean, not a string',
    );
    await expect(read({ discovery: { required: 'no' as never } })).rejects.toThrow('discovery: required must be a boolean');
    await expect(read({ discovery: { trust: 'a.example' as never } })).rejects.toThrow(
      'discovery: trust must be an array of host names, not a string',
    );
    await expect(read({ discovery: 'dns:_netron._tcp.a.example?foo=1' })).rejects.toThrow(
      "unknown parameter 'foo'; known: scheme, server",
    );
    // An undefined environment variable must not turn on the registry of this machine.
    for (const none of ['', 0, Number.NaN])
      await expect(read({ discovery: none as never }), `'${none}'`).rejects.toThrow('discovery');
    expect((await read({ discovery: null as never, discoveryEnabled: true })).names).toEqual(['local']);
    expect(() => staticDiscovery([{ id: 'a' }])).toThrow(TypeError);
  });

  it('are refused when the node cannot connect to any address of a registry', async () => {
    const message = "no transport of this node supports scheme ftp of 'mine'; supported schemes: ws, tcp, quic";
    const mine = (scheme: string) => storeBackend('mine', () => ({ beat: async () => {} }), { scheme });
    await expect(read({ discovery: [memory(), mine('ftp')] })).rejects.toThrow(new TypeError(`discovery: ${message}`));
    expect((await read({ discovery: { backend: mine('quic') } })).names).toEqual(['mine']);
  });

  it('are refused when other nodes would refuse the description of the node', async () => {
    const described = (options: object) => read({ discovery: { backend: memory(), ...options } });
    await expect(described({ node: { region: 5 } })).rejects.toThrow('discovery.node: region must be a string');
    await expect(described({ node: { labels: { tier: 1 } } })).rejects.toThrow(
      "discovery.node: a label's value must be a string",
    );
    await expect(described({ advertise: 'ws://a:1' })).rejects.toThrow('discovery.advertise: addresses must be an array');
    await expect(described({ advertise: ['ws://169.254.169.254:1'] })).rejects.toThrow('a forbidden address');
    await expect(described({ advertise: ['ws://a:1', 'http://x'] })).rejects.toThrow(
      new TypeError("discovery.advertise: no transport of this node supports 'http://x'; supported schemes: ws, tcp, quic"),
    );
    expect((await described({ advertise: ['quic://a:1'], node: { zone: 'z', weight: 2 } })).advertise).toEqual(['quic://a:1']);
    expect((await described({ advertise: [] })).advertise).toEqual([]);
    expect(() => staticDiscovery([{ address: 'ws://a:1', services: ['users'] }])).toThrow('services must be of the form');
  });
});

describe('addresses that are announced', () => {
  it('announce loopback as localhost, all interfaces as the addresses of this machine, and others unchanged', () => {
    expect(advertisedAddresses(['ws://127.0.0.1:80/netron', 'tcp://[::1]:90', 'unix:/run/a', 'tcp://10.0.0.1:1'])).toEqual([
      'ws://localhost:80/netron',
      'tcp://localhost:90',
      'unix:/run/a',
      'tcp://10.0.0.1:1',
    ]);
    const all = advertisedAddresses(['tcp://0.0.0.0:80']);
    expect(all.length).toBeGreaterThan(0);
    for (const address of all) expect(address).toMatch(/^tcp:\/\/(?!0\.0\.0\.0)[\w.]+:80$/);
  });

  it('addresses within the machine are announced to registries of this machine only', () => {
    expect(networkAddresses(['unix:/a', 'ws://a:1', 'pipe:a', 'tcp://a:2', 'memory:x'])).toEqual(['ws://a:1', 'tcp://a:2']);
  });
});
