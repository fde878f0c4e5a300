import { defineService, events, getCallContext, Netron, Public, Service, ServiceBase } from '@omnitron-dev/netron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpRemotePeer, withOptions, withQuery } from '../src/index.js';

@Service('rooms@1.0.0')
class Rooms extends ServiceBase<{ said: string }> {
  @Public() say(text: string): number {
    return this.emit('said', text) as unknown as number;
  }
}

/** Running calls of `follow`, and the milliseconds that each of them had. */
const following = new Set<AbortSignal>();
const remaining: number[] = [];
const turn = () => new Promise((resolve) => setImmediate(resolve));
const began = async () => {
  while (following.size === 0) await turn();
};
const ended = async () => {
  while (following.size > 0) await turn();
};

const tools = defineService({
  name: 'tools@1.0.0',
  events: events<{ done: number }>(),
  methods: {
    each: async (items: number[], action: (item: number) => Promise<number>) => Promise.all(items.map((item) => action(item))),
    async sum(numbers: AsyncIterable<number>) {
      let sum = 0;
      for await (const number of numbers) sum += number;
      return sum;
    },
    whoami: () => 'over http',
    /** Continues until it is canceled. */
    follow: (_listener: (item: number) => void) => {
      const { signal, deadline } = getCallContext();
      following.add(signal);
      remaining.push((deadline ?? Number.POSITIVE_INFINITY) - performance.now());
      return new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          following.delete(signal);
          // A result could reach a busy client before its own timer fires.
          reject(signal.reason);
        });
      });
    },
  },
});

let node: Netron;
let url: string;
const seen: unknown[] = [];
beforeAll(async () => {
  node = await Netron.create({
    http: true,
    listenPort: 0,
    logLevel: 'error',
    allowServiceEvents: true,
    authenticate: (token, { transport }) => {
      seen.push([token, transport]);
      return token;
    },
  });
  await node.peer.exposeService(new Rooms());
  await node.peer.exposeService(tools);
  url = `http://127.0.0.1:${node.listenPort}`;
});
afterAll(() => node.stop());

describe('a duplex connection', () => {
  it('is opened for events, functions and streams of values, with the same proxy and credentials', async () => {
    await using peer = new HttpRemotePeer(url, { token: 'ada' });
    const service = await peer.queryInterface<typeof tools>('tools');
    expect(await service.whoami()).toBe('over http');
    expect(node.peers.size).toBe(0);
    expect(await service.each([1, 2], async (item) => item * 2)).toEqual([2, 4]);
    expect(node.peers.size).toBe(1);
    async function* numbers() {
      yield* [1, 2, 3];
    }
    expect(await service.sum(numbers())).toBe(6);
    const rooms = await peer.queryInterface<Rooms>('rooms');
    let hear: (text: string) => void = () => {};
    const heard = new Promise<string>((resolve) => {
      hear = resolve;
    });
    await rooms.on('said', (text) => hear(text));
    await rooms.say('hello');
    expect(await heard).toBe('hello');
    expect(node.peers.size).toBe(1);
    expect(seen).toContainEqual(['ada', 'websocket']);
  });

  it('is opened again at its next use after either end has closed it', async () => {
    await using peer = new HttpRemotePeer(url, { token: 'ada' });
    const service = await peer.queryInterface<typeof tools>('tools');
    const twice = () => service.each([1, 2], async (item) => item * 2);
    expect(await twice()).toEqual([2, 4]);
    const first = await peer.duplex();
    for (const remote of [...node.peers.values()]) await remote.disconnect();
    await expect.poll(() => first.state).toBe('closed');
    expect(await twice()).toEqual([2, 4]);
    const second = await peer.duplex();
    expect([second === first, second.state]).toEqual([false, 'ready']);
    await second.disconnect();
    expect(await twice()).toEqual([2, 4]);
    expect((await peer.duplex()).state).toBe('ready');
  });

  it('passes the signal and timeout of a call to the method', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<typeof tools>('tools');
    const leaving = new AbortController();
    const left = withOptions(service, { signal: leaving.signal }).follow(() => {});
    await began();
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'canceled' });
    await ended();
    const late = withQuery(service, { timeout: 1_000 }).follow(() => {});
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await ended();
    // Only the second call had a limit shorter than that of the peer.
    const [first, second] = remaining as [number, number];
    expect(second).toBeLessThanOrEqual(1_000);
    expect(first).toBeGreaterThan(1_000);
  });

  it('closes with the peer; without one, the error names the missing part', async () => {
    const peer = new HttpRemotePeer(url, { duplex: 'never' });
    const service = await peer.queryInterface<typeof tools>('tools');
    await expect(service.each([1], async (item) => item)).rejects.toMatchObject({ code: 'unimplemented' });
    await expect(peer.duplex()).rejects.toMatchObject({ code: 'unimplemented' });
    expect(await service.whoami()).toBe('over http');
    await peer.close();
  });
});
