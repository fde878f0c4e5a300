/** Services whose nodes change while they are called. */
import { describe, expect, it } from 'vitest';
import { staticDiscovery } from '../../src/discovery.js';
import { defineService, type Middleware, NetronError, withOptions } from '../../src/index.js';
import { cluster, type Users, users } from './clusters.js';
import { failure, gate, loseConnections } from './nodes.js';

describe('a cluster that changes under its callers', () => {
  it('a call made while the session of its only node is interrupted waits for the next connection', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const peer = await set.clock.settle(client.connect('memory:a', { session: true }));
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    (peer as unknown as { link: { connection: { terminate(): void } } }).link.connection.terminate();
    expect(peer.state).toBe('suspended');
    expect(await set.clock.settle(remote.where())).toBe('a');
  });

  it('a call that waits for a node goes to the own service when that is exposed meanwhile', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const { open, opened } = gate();
    let held = 0;
    const hold: Middleware = (next) => async (call) => {
      held += 1;
      if (held > 1) await opened;
      return next(call);
    };
    const client = await set.client({ middleware: { outgoing: [hold] } });
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    const waiting = remote.where();
    await set.clock.settle(node.stop({ timeout: 0 }));
    open();
    await set.clock.advance(100);
    await client.peer.exposeService(users('client'));
    expect(await set.clock.settle(waiting)).toBe('client');
  });

  it('a service that is exposed again is called again: concealed before, or replaced by one with other members', async () => {
    await using set = cluster();
    const { node, service } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users & { more(): Promise<number> }>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    await node.peer.concealService('users');
    await node.peer.exposeService(service);
    await set.clock.advance(100);
    expect(await set.clock.settle(remote.where())).toBe('a');
    const other = defineService({ name: 'users@1.0.0', methods: { more: () => 1, where: () => 'replaced' } });
    await node.peer.exposeService(other, { replace: true });
    await set.clock.advance(100);
    expect(await set.clock.settle(remote.where())).toBe('replaced');
    expect(await set.clock.settle(remote.more())).toBe(1);
  });

  it('a node that returns at its address with other members of the same version is called with these', async () => {
    await using set = cluster();
    const things = (more: Record<string, () => number> = {}) =>
      defineService({ name: 'things', methods: { one: () => 1, ...more } });
    const before = await set.create('a');
    await before.peer.exposeService(things());
    const client = await set.client({ discovery: { backend: staticDiscovery(['memory:a']) } });
    const remote = client.service<{ one(): Promise<number>; two(): Promise<number> }>('things');
    expect(await set.clock.settle(remote.one())).toBe(1);
    const [peer] = client.peers.values();
    loseConnections(before);
    await set.clock.settle(before.stop({ timeout: 0 }));
    await (await set.create('a')).peer.exposeService(things({ two: () => 2 }));
    await set.clock.advance(5_000);
    expect([await set.clock.settle(remote.two()), await set.clock.settle(remote.one())]).toEqual([2, 1]);
    expect([...client.peers.values()]).toEqual([peer]);
  });

  it('events of a service that is exposed again are received once each', async () => {
    await using set = cluster();
    const { node, service } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    const heard: string[] = [];
    await set.clock.settle(remote.on('created', (data) => heard.push(data)));
    for (let round = 0; round < 3; round += 1) {
      await node.peer.concealService('users');
      await node.peer.exposeService(service);
      for (let turn = 0; turn < 20; turn += 1) {
        service.create(`${round} ${turn}`);
        await new Promise(setImmediate);
      }
      await set.clock.advance(100);
      service.create(`${round} last`);
      await set.clock.advance(100);
    }
    expect(heard).toEqual([...new Set(heard)]);
    expect(heard.filter((text) => text.includes('last'))).toHaveLength(3);
  });

  it('events of the own service are heard when it comes later, is another, or is back, and not when the proxy is released', async () => {
    await using set = cluster();
    const { service } = await set.server('a');
    const client = await set.client();
    const remote = client.service<Users>('users');
    const heard: string[] = [];
    await set.clock.settle(remote.on('created', (data) => heard.push(data)));
    const [own, other] = [users('own'), users('other')];
    const say = async (name: string): Promise<void> => {
      await set.clock.advance(100);
      for (const each of [service, own, other]) each.create(name);
      await set.clock.advance(100);
    };
    await say('none');
    await client.peer.exposeService(own);
    await say('one');
    await client.peer.exposeService(other, { replace: true });
    await say('another');
    await client.peer.concealService('users');
    await say('gone');
    await client.peer.exposeService(other);
    other.create('at once');
    await say('back');
    (remote as unknown as Disposable)[Symbol.dispose]();
    await say('released');
    expect(heard.sort()).toEqual(
      ['none at a', 'one at a', 'one at own', 'another at a', 'another at other', 'gone at a']
        .concat('at once at other', 'back at a', 'back at other')
        .sort(),
    );
  });

  it('queries again for a service after the first query failed', async () => {
    await using set = cluster();
    let down = true;
    let refused = 0;
    const authorize = () => {
      if (!down) return true;
      refused += 1;
      throw new NetronError('unavailable', 'the policy server does not answer');
    };
    await set.server('a', '1.0.0', { authorize });
    const client = await set.client();
    const remote = client.service<Users>('users', { healthCheck: { interval: 300, timeout: 100 } });
    await set.clock.advance(100);
    expect(refused).toBe(1);
    down = false;
    expect(await set.clock.settle(remote.where())).toBe('a');
  });

  it('follows a node that has moved, though its old connection is not noticed to be lost yet', async () => {
    await using set = cluster();
    const { node: before } = await set.server('a', '1.0.0', { transports: { memory: { name: 'old' } } });
    const client = await set.client({ heartbeatInterval: 400 });
    const remote = client.service<Users>('users');
    expect(await set.clock.settle(remote.where())).toBe('a');
    // No byte leaves the old node any more, and nobody is told.
    const [peer] = [...before.peers.values()] as unknown as { link: { connection: { pause(): void; send(): boolean } } }[];
    peer!.link.connection.pause();
    peer!.link.connection.send = () => true;
    await set.server('a', '1.0.0', { transports: { memory: { name: 'new' } } });
    await set.clock.advance(10_000);
    expect(await set.clock.settle(remote.where())).toBe('a');
    expect([...client.peers.values()].map(({ address }) => address)).toEqual(['memory:new']);
  });

  it('disconnect() of one user leaves nothing at nodes that another one uses', async () => {
    await using set = cluster();
    const { node } = await set.server('a', '1.0.0', { allowRemoteServices: true });
    const client = await set.client();
    const [one, two] = await set.clock.settle(
      Promise.all([client.connect('users', { methods: {} }), client.connect('users', { methods: {} })]),
    );
    const heard: unknown[] = [];
    await one!.subscribe('news', (data) => heard.push(data));
    await one!.exposeService(defineService({ name: 'mine', methods: { hello: () => 1 } }));
    node.publish('news', 1);
    await set.clock.advance(10);
    expect(heard).toEqual([1]);
    await one!.disconnect();
    await set.clock.advance(1_000);
    node.publish('news', 2);
    await set.clock.advance(10);
    expect(heard).toEqual([1]);
    const [peer] = [...node.peers.values()];
    expect(peer!.load.subscriptions).toBe(0);
    expect(peer!.getServiceNames()).toEqual([]);
    expect(two!.state).toBe('ready');
  });

  it('keeps few of the services that are only called by name', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const names = Array.from({ length: 100 }, (_, number) => `service-${number}`);
    for (const name of names) await node.peer.exposeService(defineService({ name, methods: { where: () => name } }));
    const client = await set.client();
    for (const name of names) expect(await set.clock.settle(client.call(name, 'where', []))).toBe(name);
    await set.clock.advance(100);
    const [peer] = [...client.peers.values()];
    expect((peer as unknown as { services: { size: number } }).services.size).toBeLessThanOrEqual(65);
    // What was let go of is found again.
    expect(await set.clock.settle(client.call('service-0', 'where', []))).toBe('service-0');
  });

  it('keeps few of the services that a peer of a service was asked for in vain', async () => {
    await using set = cluster();
    const { node } = await set.server('a');
    const client = await set.client({ connectTimeout: 100 });
    const all = await set.clock.settle(client.connect('users', { methods: {} }));
    const names = Array.from({ length: 100 }, (_, number) => `late-${number}`);
    for (const name of names)
      expect(await set.clock.settle(failure(all.queryInterface(name)))).toMatchObject({ code: 'unavailable' });
    for (const name of names) await node.peer.exposeService(defineService({ name, methods: { where: () => name } }));
    await set.clock.advance(1_000);
    const [peer] = [...client.peers.values()];
    expect((peer as unknown as { services: { size: number } }).services.size).toBeLessThanOrEqual(65);
    const late = await set.clock.settle(all.queryInterface<{ where(): Promise<string> }>('late-0'));
    expect(await set.clock.settle(late.where())).toBe('late-0');
  });

  it('disposing of a proxy twice, or through a derived one, does not affect another proxy of the service', async () => {
    await using set = cluster();
    await set.server('a');
    const client = await set.client();
    const [one, other] = [client.service<Users>('users'), client.service<Users>('users')];
    const derived = withOptions(one, { timeout: 1_000 });
    expect([await set.clock.settle(other.where()), await set.clock.settle(Promise.resolve(derived.where()))]).toEqual(['a', 'a']);
    const dispose = async (proxy: object): Promise<void> => {
      (proxy as Disposable)[Symbol.dispose]();
      await set.clock.advance(10);
    };
    for (const each of [derived, one, one]) await dispose(each);
    expect(await set.clock.settle(other.where())).toBe('a');
    await dispose(other);
    expect(await failure(other.where())).toMatchObject({ code: 'unavailable', message: "service 'users' was released" });
  });

  it('a call by name continues when the last proxy of the service is released', async () => {
    await using set = cluster();
    const client = await set.client();
    const remote = client.service<Users>('users');
    const call = client.call('users', 'where', []);
    (remote as unknown as Disposable)[Symbol.dispose]();
    await set.server('a');
    expect(await set.clock.settle(call)).toBe('a');
  });
});
