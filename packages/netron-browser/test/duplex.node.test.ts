import { defineService, events, Netron, Public, Service, ServiceBase } from '@omnitron-dev/netron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';

@Service('rooms@1.0.0')
class Rooms extends ServiceBase<{ said: string }> {
  @Public() say(text: string): number {
    return this.emit('said', text) as unknown as number;
  }
}

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

describe('a connection in both directions', () => {
  it('is made for events, functions and streams of values, by the same proxy and credentials', async () => {
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

  it('ends with the peer; where there is none, the error says what is missing', async () => {
    const peer = new HttpRemotePeer(url, { duplex: 'never' });
    const service = await peer.queryInterface<typeof tools>('tools');
    await expect(service.each([1], async (item) => item)).rejects.toMatchObject({ code: 'unimplemented' });
    await expect(peer.duplex()).rejects.toMatchObject({ code: 'unimplemented' });
    expect(await service.whoami()).toBe('over http');
    await peer.close();
  });
});
