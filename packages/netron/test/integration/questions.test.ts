/** What was never sent did not run: questions of the system go on over the next connection. */
import { describe, expect, it } from 'vitest';
import {
  defineService,
  getCallContext,
  Netron,
  type NetronError,
  type NetronOptions,
  type RemotePeer,
  withOptions,
} from '../../src/index.js';
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
async function pair(kind: 'query' | 'subscribe' | undefined, client: NetronOptions = {}) {
  const memory = new TappedTransport();
  const asked = gate();
  let lost = false;
  const { service, paid } = till();
  const server = await Netron.create({
    ...{ id: 'server', logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: 'a' } } },
    ...{ allowServiceEvents: true, allowRemoteServices: true, remoteEvents: true },
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
  return { server, node, peer, memory, paid, asked, lose, [Symbol.asyncDispose]: dispose };
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

describe('a connection lost before the answer', () => {
  /** Loses the connection when `done` holds at the server and its answer is on the way. */
  async function unanswered<T>({ memory }: { memory: TappedTransport }, ask: () => Promise<T>, done: () => boolean): Promise<T> {
    memory.last.hold();
    const { received } = memory.last;
    const answer = ask();
    await until(() => done() && memory.last.received > received);
    memory.last.cut();
    return answer;
  }
  const shop = () => defineService({ name: 'shop@1.0.0', methods: { open: () => 'yes' } });
  const has = (server: Netron) => server.peer.getServiceNames().includes('shop@1.0.0');

  it('exposeService and concealService of a peer are repeated over the next one', async () => {
    await using nodes = await pair(undefined);
    const { peer, server } = nodes;
    const service = shop();
    await unanswered(
      nodes,
      () => peer.exposeService(service),
      () => has(server),
    );
    const remote = await server.peer.queryInterface<typeof service>('shop');
    expect(await remote.open()).toBe('yes');
    await unanswered(
      nodes,
      () => peer.concealService('shop'),
      () => !has(server),
    );
    expect(has(server)).toBe(false);
    // It is not exposed again over the connection after that.
    const connected = new Promise<void>((resolve) => peer.once('connected', () => resolve()));
    nodes.memory.last.cut();
    await connected;
    await peer.describe('till');
    expect(has(server)).toBe(false);
  });

  it('describe is repeated over the next one', async () => {
    await using nodes = await pair(undefined);
    const described = unanswered(
      nodes,
      () => nodes.peer.describe('till'),
      () => true,
    );
    expect(await described).toMatchObject({ name: 'till', version: '1.2.0' });
  });

  it('subscribe goes on when the loss was noticed only after all the time of a call', async () => {
    const clock = new VirtualClock();
    await using nodes = await pair(undefined, { clock });
    nodes.memory.last.silent = true;
    const heard: unknown[] = [];
    const end = await clock.settle(nodes.peer.subscribe('news', (data) => heard.push(data)));
    expect([clock.now() >= 30_000, nodes.memory.taps.length, nodes.server.subscriberCount()]).toEqual([true, 2, 1]);
    nodes.server.publish('news', 1);
    await until(() => heard.length > 0);
    await end();
    expect([heard, nodes.server.subscriberCount()]).toEqual([[1], 0]);
  });
});

describe('a subscription that is given up', () => {
  it('ends at the other end, too, when its answer comes too late', async () => {
    const clock = new VirtualClock();
    await using nodes = await pair(undefined, { clock, requestTimeout: 1_000 });
    const release = nodes.memory.last.hold();
    const late = failure(clock.settle(nodes.peer.subscribe('news', () => {})));
    expect(await late).toMatchObject({ code: 'deadline_exceeded' });
    release();
    await until(() => nodes.server.subscriberCount() === 0);
  });

  it('ends at the other end, too, when the call that it was made for is over', async () => {
    const clock = new VirtualClock();
    await using nodes = await pair(undefined, { clock });
    const { memory, node, peer, server } = nodes;
    const begun = gate();
    let release = (): void => {};
    let code: string | undefined;
    const listening = defineService({
      name: 'listening@1.0.0',
      methods: {
        async start() {
          getCallContext();
          release = memory.last.hold();
          begun.open();
          ({ code } = (await failure(peer.subscribe('news', () => {}))) as NetronError);
        },
      },
    });
    await node.peer.exposeService(listening);
    const back = [...server.peers.values()][0] as RemotePeer;
    const remote = await back.queryInterface<typeof listening>('listening');
    const started = withOptions(remote, { timeout: 10_000 }).start();
    await begun.opened;
    await until(() => server.subscriberCount() === 1);
    await clock.advance(10_100);
    expect(code).toBe('deadline_exceeded');
    release();
    await until(() => server.subscriberCount() === 0);
    await started;
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
