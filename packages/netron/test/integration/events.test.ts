import { describe, expect, it } from 'vitest';
import {
  defineService,
  EmitError,
  events,
  MemoryTransport,
  Netron,
  Public,
  type RemotePeer,
  Service,
  ServiceBase,
} from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

describe.each(transports)('events over %s', (transport) => {
  it('EV-01, EV-02: published events reach subscribed peers by name and by pattern, in order', async () => {
    await using pair = await nodes({ transport, server: { remoteEvents: true } });
    const { server, peer } = pair;
    const plain: unknown[] = [];
    const wild: unknown[] = [];
    await peer.subscribe('order:created', (data, event) => plain.push([event, data]));
    const off = await peer.subscribe('order:*', (data, event) => wild.push([event, data]));
    for (let number = 0; number < 500; number += 1) server.publish('order:created', { number });
    server.publish('order:shipped', new Date(5));
    server.publish('other', 1);
    await until(() => wild.length === 501);
    expect(plain).toEqual(Array.from({ length: 500 }, (_, number) => ['order:created', { number }]));
    expect(wild.slice(0, 500)).toEqual(plain);
    expect(wild[500]).toEqual(['order:shipped', new Date(5)]);
    await off();
    await off();
    server.publish('order:created', 'late');
    await until(() => plain.length === 501);
    expect(wild).toHaveLength(501);
    expect(server.subscriberCount()).toBe(1);
  });

  it('EV-03 to EV-06: the four emit patterns call local and remote subscribers', async () => {
    await using pair = await nodes({ transport, server: { remoteEvents: true } });
    const { server, peer } = pair;
    server.subscribe('price', (data) => (data as number) * 2);
    await peer.subscribe('price', async (data) => (data as number) * 3);
    await peer.subscribe('price', (data) => (data as number) * 4);
    expect(await server.emitParallel('price', 10)).toEqual([20, 30, 40]);
    expect(await server.emitSerial('price', 10)).toEqual([20, 30, 40]);
    expect(await server.emitReduce('price', 1, (sum: number, value: number) => sum - value, 100)).toBe(91);
    expect(await server.emitReduce('price', 1, (sum: number, value: number) => sum - value)).toBe(-5);
    expect(await server.emitReduceRight('price', 1, (sum: string, value: number) => sum + value, '')).toBe('432');
    expect(await server.emitReduce('nobody', 1, (sum: number) => sum, 7)).toBe(7);
  });

  it('F5: partial failures by policy: thrown, collected or left out; with a time limit each', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({ transport, server: { clock, remoteEvents: true } });
    const { server, peer } = pair;
    server.subscribe('x', () => 'local');
    await peer.subscribe('x', () => {
      throw new RangeError('remote');
    });
    const error = (await failure(server.emitParallel('x', 1))) as EmitError;
    expect(error).toBeInstanceOf(EmitError);
    expect(error.results).toEqual(['local']);
    expect(error.failures[0]).toMatchObject({ index: 1, error: { name: 'RangeError', message: 'remote' } });
    expect(await server.emitParallel('x', 1, { onError: 'ignore' })).toEqual(['local']);
    const collected = await server.emitParallel('x', 1, { onError: 'collect' });
    expect(collected.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await peer.subscribe('slow', () => new Promise(() => {}));
    const slow = failure(server.emitParallel('slow', 1, { timeout: 100 }));
    await settled();
    await clock.advance(150);
    expect(await slow).toMatchObject({ code: 'deadline_exceeded' });
    expect(await failure(server.emitSerial('slow', 1, { signal: AbortSignal.timeout(20) }))).toMatchObject({ code: 'canceled' });
    await until(() => !pair.back.isBusy());
  });

  it('65: a subscriber that disconnects is removed, and pending emissions resolve', async () => {
    await using pair = await nodes({ transport, server: { remoteEvents: true } });
    const { server, peer } = pair;
    const asked = gate<void>();
    await peer.subscribe('x', () => {
      asked.open();
      return new Promise(() => {});
    });
    expect(server.subscriberCount('x')).toBe(1);
    const emitting = server.emitParallel('x', 1, { onError: 'ignore' });
    await asked.opened;
    await peer.disconnect();
    expect(await emitting).toEqual([]);
    await until(() => server.subscriberCount() === 0);
    expect(await server.emitParallel('x', 2)).toEqual([]);
    expect(await server.emitSerial('x', 2)).toEqual([]);
  });
});

describe('permission to subscribe', () => {
  it('is denied by default, without telling what exists', async () => {
    await using pair = await nodes({});
    expect(await failure(pair.peer.subscribe('x', () => {}))).toMatchObject({ code: 'permission_denied' });
    expect(await failure(pair.peer.subscribe('*', () => {}))).toMatchObject({ code: 'permission_denied' });
    expect(pair.server.subscriberCount()).toBe(0);
  });

  it('E7: is granted for listed patterns, and for no wider pattern', async () => {
    await using pair = await nodes({ server: { remoteEvents: ['order:*', 'news'] } });
    const { peer } = pair;
    for (const allowed of ['order:*', 'order:created', 'news']) await (await peer.subscribe(allowed, () => {}))();
    for (const refused of ['*', '**', 'order', 'order:**', 'news:*', 'secret', '*:created', 'peer:connected']) {
      expect(await failure(peer.subscribe(refused, () => {})), refused).toMatchObject({ code: 'permission_denied' });
    }
    expect(await failure(peer.subscribe('', () => {}))).toBeInstanceOf(Error);
  });

  it('B4: is limited in number, and the connection stays open', async () => {
    await using pair = await nodes({ server: { remoteEvents: true, limits: { subscriptions: 5 } } });
    const { peer } = pair;
    for (let number = 0; number < 5; number += 1) await peer.subscribe(`x${number}`, () => {});
    expect(await failure(peer.subscribe('one-more', () => {}))).toMatchObject({ code: 'resource_exhausted' });
    expect(peer.state).toBe('ready');
  });
});

describe('subscribers that fail or are slow', () => {
  it('66, F5: a handler that throws or rejects is reported on its own side and delays no other', async () => {
    await using pair = await nodes({ server: { remoteEvents: true } });
    const { server, peer } = pair;
    const errors: string[] = [];
    peer.on('error', (error) => errors.push(error.message));
    const heard: unknown[] = [];
    await peer.subscribe('x', () => {
      throw new Error('sync');
    });
    await peer.subscribe('x', async () => {
      throw new Error('async');
    });
    await peer.subscribe('x', (data) => heard.push(data));
    server.subscribe('x', () => {
      throw new Error('local');
    });
    server.publish('x', 1);
    server.publish('x', 2);
    await until(() => heard.length === 2 && errors.length === 4);
    expect(errors.sort()).toEqual(['async', 'async', 'sync', 'sync']);
  });

  it('67, F6: a peer that does not read loses its oldest events, which are counted; others lose nothing', async () => {
    const memory = new MemoryTransport();
    await using server = await Netron.create({
      ...{ logger: quiet, remoteEvents: true, stopTimeout: 0 },
      ...{ transports: { tcp: { port: 0 }, memory: { name: 'a' } }, additionalTransports: [memory] },
    });
    await using slow = await Netron.create({ id: 'slow', logger: quiet, stopTimeout: 0 });
    await using quick = await Netron.create({ id: 'quick', logger: quiet, stopTimeout: 0, additionalTransports: [memory] });
    const toSlow = await slow.connect(server.addresses.find((address) => address.startsWith('tcp')) as string);
    const toQuick = await quick.connect('memory:a');
    const late: number[] = [];
    const heard: number[] = [];
    await toSlow.subscribe('big', (data) => late.push((data as { id: number }).id));
    await toQuick.subscribe('big', (data) => heard.push((data as { id: number }).id));
    toSlow.link?.connection.pause();
    const text = 'x'.repeat(20_000);
    const count = 2_000;
    for (let id = 0; id < count; id += 1) {
      server.publish('big', { id, text });
      if (id % 20 === 0) await until(() => heard.length >= id - 10);
    }
    await until(() => heard.length === count);
    expect(heard).toEqual([...Array(count).keys()]);
    const dropped = server.peers.get('slow')?.link?.publisher?.dropped ?? 0;
    expect(dropped).toBeGreaterThan(0);
    toSlow.link?.connection.resume();
    await until(() => late[late.length - 1] === count - 1);
    expect(late.length + dropped).toBe(count);
    expect([...late].sort((a, b) => a - b)).toEqual(late);
  });

  it('data that cannot be sent is reported on the publisher’s side, and local subscribers get it', async () => {
    await using pair = await nodes({ server: { remoteEvents: true } });
    const { server, peer, back } = pair;
    const errors: Error[] = [];
    back.on('error', (error) => errors.push(error));
    const remote: unknown[] = [];
    const local: unknown[] = [];
    await peer.subscribe('x', (data) => remote.push(data));
    server.subscribe('x', (data) => local.push(data));
    server.publish('x', { no: Symbol('no') });
    server.publish('x', 'x'.repeat(17_000_000));
    server.publish('x', 'fine');
    await until(() => remote.length === 1);
    await settled();
    expect(local).toHaveLength(3);
    expect(remote).toEqual(['fine']);
    expect(errors.length).toBeGreaterThan(0);
  });
});

describe('EV-07: event middleware runs around events for peers', () => {
  it('and may change or stop it', async () => {
    await using pair = await nodes({ server: { remoteEvents: true } });
    const { server, peer } = pair;
    server.use(async (event, next) => {
      if (event.type === 'secret') return;
      event.data = { seen: event.data };
      await next();
    });
    const heard: unknown[] = [];
    await peer.subscribe('*', (data, event) => heard.push([event, data]));
    server.publish('secret', 1);
    server.publish('open', 2);
    await until(() => heard.length === 1);
    expect(heard).toEqual([['open', { seen: 2 }]]);
  });
});

describe('SV-28, ruling 29: events of a service', () => {
  @Service('uploads@1.0.0')
  class Uploads extends ServiceBase<{ progress: number; done: undefined }> {
    @Public() run(count: number): void {
      for (let step = 1; step <= count; step += 1) this.emit('progress', step);
      this.emit('done');
    }
  }

  it('reach svc.on when the node allows it, once each, also after a reconnect, until it is removed', async () => {
    const memory = new TappedTransport();
    const uploads = new Uploads();
    await using pair = await nodes({
      services: [uploads],
      server: { allowServiceEvents: true, additionalTransports: [memory] },
      client: { additionalTransports: [memory], reconnectDelay: 1 },
    });
    const remote = await pair.peer.queryInterface<Uploads>('uploads');
    const heard: unknown[] = [];
    const off = await remote.on('progress', (step: number) => heard.push(step));
    await remote.on('done', () => heard.push('done'));
    await remote.run(3);
    await until(() => heard.length === 4);
    expect(heard).toEqual([1, 2, 3, 'done']);
    memory.last.cut();
    await until(() => pair.peer.state !== 'ready');
    await remote.run(1);
    await until(() => heard.length === 6);
    await off();
    await remote.run(1);
    await until(() => heard.length === 7);
    await settled();
    expect(heard.slice(4)).toEqual([1, 'done', 'done']);
  });

  it('are refused otherwise; a local proxy gets them without permission', async () => {
    const typed = defineService({
      ...{ name: 'typed@1.0.0', events: events<{ said: string }>() },
      methods: {
        say(text: string): void {
          (this as unknown as { emit(event: string, data: string): void }).emit('said', text);
        },
      },
    });
    await using pair = await nodes({ services: [typed] });
    const remote = (await pair.peer.queryInterface('typed')) as unknown as {
      on(event: string, fn: () => void): Promise<unknown>;
    };
    expect(await failure(remote.on('said', () => {}))).toMatchObject({ code: 'permission_denied' });
    const local = (await pair.server.peer.queryInterface('typed')) as unknown as {
      on(event: string, fn: (text: string) => void): Promise<() => Promise<void>>;
    };
    const heard: string[] = [];
    const off = await local.on('said', (text) => heard.push(text));
    typed.say('a');
    await off();
    typed.say('b');
    await settled();
    expect(heard).toEqual(['a']);
  });
});

describe('NC-13: events of peers', () => {
  it('peer:connected has the peer, peer:disconnected its id', async () => {
    await using pair = await nodes({});
    const seen: unknown[] = [];
    pair.server.on('peer:connected', (peer: RemotePeer) => seen.push(peer.id));
    pair.server.on('peer:disconnected', (id: string) => seen.push(id));
    await using other = await Netron.create({ id: 'other', logger: quiet, additionalTransports: pair.client.transports });
    await (await other.connect(pair.address)).disconnect();
    await until(() => seen.length === 2);
    expect(seen).toEqual(['other', 'other']);
  });
});
