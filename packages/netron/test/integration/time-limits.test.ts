import { describe, expect, it } from 'vitest';
import { connect } from '../../src/client.js';
import {
  type CallContext,
  defineService,
  getCallContext,
  MemoryTransport,
  Netron,
  NetronError,
  type Transport,
  withOptions,
} from '../../src/index.js';
import { failure, nodes, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

describe('time limits', () => {
  it.each(['connectTimeout', 'handshakeTimeout', 'resumeWindow'])('B8: %s must be finite', async (name) => {
    for (const none of [0, Infinity]) {
      expect(await failure(Netron.create({ logger: quiet, [name]: none }))).toMatchObject({
        code: 'invalid_argument',
        message: `${name} cannot be unlimited: set a positive number of milliseconds`,
      });
    }
    for (const wrong of [-1, Number.NaN, '5' as never]) {
      expect(await failure(Netron.create({ logger: quiet, [name]: wrong }))).toBeInstanceOf(RangeError);
    }
  });

  it('B8: the time limit of connecting must be finite, for nodes and clients', async () => {
    await using node = await Netron.create({ logger: quiet });
    for (const connecting of [node.connect('memory:x', { timeout: 0 }), connect('ws://127.0.0.1:1', { timeout: 0 })]) {
      expect(await failure(connecting)).toMatchObject({
        code: 'invalid_argument',
        message: 'timeout cannot be unlimited: set a positive number of milliseconds',
      });
    }
  });

  it('B8: nodes and clients wait for credentials at most as long as for a connection', async () => {
    const credentials = () => new Promise(() => {});
    const late = { code: 'deadline_exceeded', message: 'the credentials were not available within 50 ms' };
    await using node = await Netron.create({ logger: quiet, credentials });
    expect(await failure(node.connect('memory:x', { timeout: 50 }))).toMatchObject(late);
    expect(await failure(connect('ws://127.0.0.1:1', { credentials, timeout: 50 }))).toMatchObject(late);
  });

  it('pending credentials do not delay an abort or stop', async () => {
    const credentials = () => new Promise(() => {});
    const aborting = new AbortController();
    const { signal } = aborting;
    const node = await Netron.create({ logger: quiet, credentials });
    const connecting = [node.connect('memory:x', { signal }), connect('ws://127.0.0.1:1', { credentials, signal })];
    const stopped = failure(node.connect('memory:x'));
    const given = connecting.map((attempt) => failure(attempt));
    await settled();
    aborting.abort();
    for (const attempt of given) expect(await attempt).toMatchObject({ code: 'canceled' });
    await node.stop();
    expect(await stopped).toMatchObject({ code: 'canceled' });
  });

  it('late credentials leave the remaining time to the connection', async () => {
    const clock = new VirtualClock();
    const asked: unknown[] = [];
    const memory = new MemoryTransport();
    const transport: Transport = {
      name: memory.name,
      schemes: memory.schemes,
      supports: memory.supports,
      connect: (_, options) => {
        asked.push(options?.timeout);
        return Promise.reject(new NetronError('unavailable', 'nobody there'));
      },
      listen: () => Promise.reject(new Error('not here')),
    };
    const credentials = () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 30));
    const attempt = failure(connect('memory:x', { transport, credentials, timeout: 50, clock, logger: quiet }));
    await settled();
    await clock.advance(30);
    expect(await attempt).toMatchObject({ code: 'unavailable' });
    expect(asked).toEqual([20]);
    expect(clock.size).toBe(0);
  });

  it('a peer that waits for credentials to reconnect is closed by disconnect', async () => {
    const clock = new VirtualClock();
    let first = true;
    const credentials = () => {
      if (!first) return new Promise(() => {});
      first = false;
      return 'secret';
    };
    await using pair = await nodes({ client: { credentials, clock, heartbeatInterval: 0 } });
    pair.peer.link?.terminate(new NetronError('unavailable', 'lost'));
    await until(() => pair.peer.state === 'suspended');
    await clock.advance(1_000);
    expect([first, clock.size]).toEqual([false, 1]);
    await pair.peer.disconnect();
    await settled();
    expect([pair.peer.state, clock.size]).toEqual(['closed', 0]);
  });

  it.each(['requestTimeout', 'stopTimeout', 'eventTimeout', 'reconnectDelay', 'maxReconnectAttempts'])(
    '%s must be a non-negative number',
    async (name) => {
      for (const wrong of [-1, Number.NaN, '5' as never]) {
        expect(await failure(Netron.create({ logger: quiet, [name]: wrong }))).toBeInstanceOf(RangeError);
      }
      await using node = await Netron.create({ logger: quiet, [name]: 0 });
      if (!name.startsWith('reconnect') && !name.startsWith('max')) return;
      expect(await failure(node.connect('memory:x', { [name]: Number.NaN }))).toBeInstanceOf(RangeError);
    },
  );

  it('0 is no limit for all others', async () => {
    const none = { requestTimeout: 0, taskTimeout: 0, streamTimeout: 0, heartbeatInterval: 0, eventTimeout: 0 };
    await using pair = await nodes({ client: none, server: none });
    const { node } = pair.peer;
    expect([node.requestTimeout, node.taskTimeout, node.streamTimeout, node.heartbeatInterval]).toEqual(
      Array.from({ length: 4 }, () => Infinity),
    );
    pair.server.subscribe('slow', () => settled(50).then(() => 'answered'));
    expect(await pair.server.emitParallel('slow', 0)).toEqual(['answered']);
  });

  it('NC-27: local calls and tasks have the time limits of the node and are aborted by them', async () => {
    const told: unknown[] = [];
    const never = (signal: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => told.push(signal.reason) && reject(signal.reason)),
      );
    const service = defineService({
      name: 'stuck@1.0.0',
      methods: { wait: () => never((getCallContext() as CallContext).signal), now: () => 'done' },
    });
    const clock = new VirtualClock();
    await using node = await Netron.create({ clock, logger: quiet, stopTimeout: 0, requestTimeout: 30, taskTimeout: 40 });
    await node.peer.exposeService(service);
    node.addTask('stuck', () => new Promise(() => {}));
    const stuck = await node.peer.queryInterface<typeof service>('stuck');
    expect(await clock.settle(failure(stuck.wait()))).toMatchObject({ code: 'deadline_exceeded' });
    expect(told).toMatchObject([{ code: 'deadline_exceeded' }]);
    expect(await clock.settle(failure(node.peer.runTask('stuck')))).toMatchObject({ code: 'deadline_exceeded' });
    expect(await clock.settle(failure(node.call('stuck', 'wait')))).toMatchObject({ code: 'deadline_exceeded' });
    expect(await stuck.now()).toBe('done');
    const patient = withOptions(stuck, { timeout: 5 });
    expect(await clock.settle(failure(patient.wait()))).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('for one call 0 fails at once and Infinity is no limit, remotely and locally', async () => {
    let ran = 0;
    const service = defineService({
      name: 'slow@1.0.0',
      methods: {
        wait: async () => {
          ran += 1;
          await settled(50);
          return 'done';
        },
      },
    });
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [service], server: { clock }, client: { clock, requestTimeout: 20 } });
    for (const peer of [pair.peer, pair.server.peer]) {
      const remote = await peer.queryInterface<typeof service>('slow');
      const none = withOptions(remote, { timeout: 0 });
      expect(await failure(none.wait())).toMatchObject({ code: 'deadline_exceeded' });
      expect(ran).toBe(0);
      const endless = withOptions(remote, { timeout: Infinity });
      expect(await clock.settle(endless.wait())).toBe('done');
      expect(ran).toBe(1);
      ran = 0;
    }
    expect(await failure(pair.peer.call('slow', 'wait', [], { timeout: 0 }))).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('of more than 24 days do not expire at once', async () => {
    const service = defineService({ name: 'slow@1.0.0', methods: { wait: () => settled(50).then(() => 'done') } });
    await using node = await Netron.create({ logger: quiet });
    await node.peer.exposeService(service);
    const remote = withOptions(await node.peer.queryInterface<typeof service>('slow'), { timeout: 2 ** 40 });
    expect(await remote.wait()).toBe('done');
  });
});
