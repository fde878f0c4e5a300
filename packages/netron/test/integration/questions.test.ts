/** What was never sent did not run: questions of the system go on over the next connection. */
import { describe, expect, it } from 'vitest';
import { defineService, Netron, type NetronError, type NetronOptions } from '../../src/index.js';
import { failure, gate, quiet, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

const till = () => {
  const paid: number[] = [];
  const service = defineService({
    name: 'till@1.2.0',
    methods: {
      pay(amount: number) {
        paid.push(amount);
        (this as unknown as { emit(event: string, data: unknown): void }).emit('paid', amount);
        return paid.length;
      },
    },
  });
  return { service, paid };
};
type Till = ReturnType<typeof till>['service'];

/** Two nodes; the server answers questions of one kind from the second connection on only. */
async function pair(kind: 'query' | 'subscribe', client: NetronOptions = {}) {
  const memory = new TappedTransport();
  const asked = gate();
  let lost = false;
  const { service, paid } = till();
  const server = await Netron.create({
    ...{ id: 'server', logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: 'a' } } },
    ...{ allowServiceEvents: true, remoteEvents: true },
    authorize: (_caller, operation) => {
      if (lost || operation.kind !== kind) return true;
      asked.open();
      return new Promise<boolean>(() => {});
    },
  });
  await server.peer.exposeService(service);
  const common = { id: 'client', logger: quiet, stopTimeout: 0, additionalTransports: [memory], reconnectDelay: 1 };
  const node = await Netron.create({ ...common, ...client });
  const peer = await node.connect('memory:a');
  const lose = async (): Promise<void> => {
    await asked.opened;
    lost = true;
    memory.last.cut();
  };
  const dispose = async (): Promise<void> => {
    await Promise.all([node.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
  };
  return { server, peer, paid, asked, lose, [Symbol.asyncDispose]: dispose };
}

describe('a connection lost during a lookup', () => {
  it('a call by name and range runs once over the next connection', async () => {
    await using nodes = await pair('query');
    const call = nodes.peer.call('till@^1', 'pay', [5]);
    await nodes.lose();
    expect(await call).toBe(1);
    expect(nodes.paid).toEqual([5]);
  });

  it('queryInterface gives a proxy that works', async () => {
    await using nodes = await pair('query');
    const asking = nodes.peer.queryInterface<Till>('till@^1');
    await nodes.lose();
    const proxy = await asking;
    expect(await proxy.pay(7)).toBe(1);
  });

  it('subscribe gets later events once', async () => {
    await using nodes = await pair('subscribe');
    const heard: unknown[] = [];
    const subscribing = nodes.peer.subscribe('news', (data) => heard.push(data));
    await nodes.lose();
    const end = await subscribing;
    expect(nodes.server.subscriberCount()).toBe(1);
    nodes.server.publish('news', 1);
    await until(() => heard.length > 0);
    await end();
    expect([heard, nodes.server.subscriberCount()]).toEqual([[1], 0]);
  });

  it('on of a service gets later events once', async () => {
    await using nodes = await pair('subscribe');
    const proxy = await nodes.peer.queryInterface<Till>('till');
    const heard: unknown[] = [];
    const on = (proxy as unknown as { on(event: string, listener: (data: unknown) => void): Promise<() => Promise<void>> }).on;
    const subscribing = on.call(proxy, 'paid', (data) => heard.push(data));
    await nodes.lose();
    await subscribing;
    await proxy.pay(3);
    await until(() => heard.length > 0);
    expect(heard).toEqual([3]);
  });
});

it('a call that times out during the lookup of its service fails as not run', async () => {
  const clock = new VirtualClock();
  await using nodes = await pair('query', { clock });
  const call = failure(nodes.peer.call('till@^1', 'pay', [1], { timeout: 500 }));
  await nodes.asked.opened;
  await clock.advance(501);
  expect(await call).toMatchObject({ code: 'deadline_exceeded', outcome: 'not_run' } satisfies Partial<NetronError>);
  expect(nodes.paid).toEqual([]);
});

it('a call canceled during the lookup fails as not run; concurrent lookups succeed', async () => {
  await using nodes = await pair('query');
  const cancel = new AbortController();
  const first = failure(nodes.peer.call('till@^1', 'pay', [1], { signal: cancel.signal }));
  const second = nodes.peer.call('till@^1', 'pay', [2]);
  await nodes.asked.opened;
  cancel.abort();
  expect(await first).toMatchObject({ code: 'canceled', outcome: 'not_run' });
  await nodes.lose();
  await second;
  expect(nodes.paid).toEqual([2]);
});

it('a call whose peer is closed meanwhile fails as not run', async () => {
  await using nodes = await pair('query');
  const call = failure(nodes.peer.call('till@^1', 'pay', [1]));
  await nodes.asked.opened;
  await nodes.peer.disconnect();
  expect(await call).toMatchObject({ outcome: 'not_run' });
});
