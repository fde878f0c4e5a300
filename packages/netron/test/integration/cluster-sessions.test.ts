/** Calls to services that outlive a connection. */
import { describe, expect, it } from 'vitest';
import {
  defineService,
  MemoryTransport,
  type Netron,
  type NetronError,
  type NetronOptions,
  type ServiceConnectOptions,
} from '../../src/index.js';
import { cluster } from './clusters.js';
import { gate } from './nodes.js';

describe('sessions of services', () => {
  /** A client of a service whose only method runs until it is let go on. */
  async function working(set: ReturnType<typeof cluster>, options: ServiceConnectOptions = {}, client: NetronOptions = {}) {
    const server = await set.create('a');
    const { open, opened } = gate();
    let runs = 0;
    const work = async (): Promise<string> => {
      runs += 1;
      await opened;
      return 'done';
    };
    await server.peer.exposeService(defineService({ name: 'work@1.0.0', methods: { work, ping: () => 'pong' } }));
    const caller = await set.client(client);
    const remote = caller.service<{ work(): Promise<string>; ping(): Promise<string> }>('work', options);
    expect(await set.clock.settle(remote.ping())).toBe('pong');
    const answer = remote.work();
    const ended = answer.then(
      (result) => result,
      (error: NetronError) => error.code,
    );
    await set.clock.advance(10);
    return { server, caller, remote, ended, open, runs: () => runs };
  }
  const cut = ({ peers }: Netron): void => {
    for (const { link } of peers.values()) link?.connection.terminate();
  };

  it('a call in flight when the connection is lost runs once and ends once, over the next connection', async () => {
    await using set = cluster();
    const { server, ended, open, runs } = await working(set);
    cut(server);
    open();
    expect(await set.clock.settle(ended)).toBe('done');
    expect(runs()).toBe(1);
  });

  it('a connection that is lost repeatedly loses no call: it is retried soon each time', async () => {
    await using set = cluster();
    const { server, remote, ended, open, runs } = await working(set);
    for (let cuts = 0; cuts < 12; cuts += 1) {
      cut(server);
      await set.clock.advance(1_500);
      expect(await set.clock.settle(remote.ping())).toBe('pong');
    }
    open();
    expect(await set.clock.settle(ended)).toBe('done');
    expect(runs()).toBe(1);
  });

  it('a call to a node that no longer listens ends at the first attempt to connect', async () => {
    await using set = cluster();
    const { server, ended } = await working(set);
    await server.stopListening();
    cut(server);
    const lost = set.clock.now();
    expect(await set.clock.settle(ended)).toBe('unknown_outcome');
    expect(set.clock.now() - lost).toBeLessThanOrEqual(1_100);
  });

  it('a call to an unreachable node ends after the window: ten seconds, or the requested time', async () => {
    for (const [options, most] of [
      [{}, 10_000],
      [{ session: { window: 3_000 } }, 3_000],
    ] as const) {
      await using set = cluster();
      const { server, ended } = await working(set, options);
      // Whoever connects now hears nothing.
      const connect = MemoryTransport.prototype.connect;
      MemoryTransport.prototype.connect = () => new Promise(() => {});
      try {
        cut(server);
        const lost = set.clock.now();
        expect(await set.clock.settle(ended)).toBe('unknown_outcome');
        expect(set.clock.now() - lost).toBeGreaterThanOrEqual(most);
        expect(set.clock.now() - lost).toBeLessThanOrEqual(most + 100);
      } finally {
        MemoryTransport.prototype.connect = connect;
      }
    }
  });

  it('without sessions, by the service or by the node, a call ends with its connection', async () => {
    for (const [options, client] of [
      [{ session: false }, {}],
      [{}, { session: false }],
    ] as const) {
      await using set = cluster();
      const { server, ended } = await working(set, options, client);
      cut(server);
      const lost = set.clock.now();
      expect(await set.clock.settle(ended)).toBe('unknown_outcome');
      expect(set.clock.now() - lost).toBeLessThanOrEqual(100);
    }
  });

  it('services with other settings than the default have connections of their own', async () => {
    await using set = cluster();
    const { caller, remote } = await working(set);
    const others = [false, { window: 5_000 }, { window: 5_000 }, true].map((session) =>
      caller.service<{ ping(): Promise<string> }>('work', { session }),
    );
    for (const other of others) expect(await set.clock.settle(other.ping())).toBe('pong');
    expect(await set.clock.settle(remote.ping())).toBe('pong');
    expect(caller.peers.size).toBe(3);
    expect(() => caller.service('work', { session: { window: -1 } })).toThrow(RangeError);
  });
});
