/** What is talked about in the recorded conversations: everything that a client can do. */
import {
  defineService,
  getCallContext,
  Netron,
  NetronError,
  type NetronOptions,
  type RemotePeer,
  setProperty,
  withOptions,
} from '../../src/index.js';
import { quiet, settled } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { toNotation } from './notation.js';

const rich = () => ({
  none: [null, undefined],
  numbers: [0, -1, 2 ** 31, -0, 0.5, Number.NaN, 2n ** 70n],
  text: 'Ünïcode 🙂',
  when: new Date('2026-11-20T12:00:00.000Z'),
  map: new Map<unknown, unknown>([['a', new Set([1, 2])]]),
  bytes: Uint8Array.of(1, 2, 3),
  floats: Float64Array.of(1.5, -2),
  url: new URL('https://example.org/a?b=c'),
});

/** A service, and what it was asked. */
function golden(asked: unknown[], publish: (text: string) => void) {
  return defineService({
    name: 'golden@1.2.0',
    methods: {
      add: (a: number, b: number) => a + b,
      echo(value: unknown) {
        asked.push(['echo', toNotation(value)]);
        return value;
      },
      fail() {
        throw new NetronError('not_found', 'no such thing', { details: { id: 5 } });
      },
      async never() {
        const { signal } = getCallContext();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        asked.push(['never', 'was canceled']);
      },
      head: () => getCallContext().headers,
      callBack: async (double: (value: number) => unknown) => double(20),
      object: () => ({ nested: { list: [1, 2, 3] } }),
      shout: (text: string) => publish(text),
      async *count(to: number) {
        for (let number = 0; number < to; number += 1) yield { number };
      },
      async *few() {
        const { signal } = getCallContext();
        try {
          yield 1;
          yield 2;
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        } finally {
          asked.push(['few', 'was left']);
        }
      },
      async *breaks() {
        yield 'first';
        throw new NetronError('aborted', 'no more');
      },
      async *chunks() {
        yield new Uint8Array(1_000).fill(1);
        for (const byte of [2, 3, 4]) yield new Uint8Array(12_000).fill(byte);
      },
      async sum(values: AsyncIterable<number>) {
        let sum = 0;
        for await (const value of values) sum += value;
        asked.push(['sum', sum]);
        return sum;
      },
    },
    properties: { title: 'golden', version: '1' },
    writable: ['title'],
  });
}
type Golden = ReturnType<typeof golden>;

/** Of either node; no time passes unless the test says so. */
const common = (): NetronOptions => ({ clock: new VirtualClock(), random: () => 0.5, logger: quiet, stopTimeout: 0 });

export async function goldenServer(options: NetronOptions): Promise<{ node: Netron; asked: unknown[] }> {
  const asked: unknown[] = [];
  const node = await Netron.create({ ...common(), id: 'golden-server', remoteEvents: true, allowRemoteTasks: true, ...options });
  await node.peer.exposeService(golden(asked, (text) => node.publish('news:today', { text })));
  node.addTask('twice', (_peer, value: number) => value * 2);
  return { node, asked };
}

export function goldenClient(options: NetronOptions): Promise<Netron> {
  return Netron.create({ ...common(), id: 'golden-client', maxReconnectAttempts: 0, ...options });
}

/**
 * Talks to the peer, step by step.
 *
 * @param rest resolves when what a step has caused is done, on both ends
 * @returns what it got
 */
export async function talk(peer: RemotePeer, rest: () => Promise<void> = settled): Promise<unknown[]> {
  const service = await peer.queryInterface<Golden>('golden@^1.0.0');
  const heard: unknown[] = [];
  const streamed = async (stream: AsyncIterable<unknown>, most = Infinity): Promise<unknown[]> => {
    const items: unknown[] = [];
    for await (const item of stream) {
      const last = items.at(-1);
      // How bytes are cut into chunks is the producer's choice.
      if (item instanceof Uint8Array && last instanceof Uint8Array) items[items.length - 1] = Buffer.concat([last, item]);
      else items.push(item);
      if (items.length >= most) break;
    }
    return items;
  };
  const piped = service as unknown as { object(): { readonly nested: { readonly list: Promise<unknown> } } };
  const steps: readonly (() => unknown)[] = [
    () => service.add(2, 3),
    () => service.echo(rich()),
    () => service.fail(),
    () => withOptions(service, { timeout: 5_000, headers: { tenant: '7' }, idempotencyKey: 'k-1' }).head(),
    async () => {
      const controller = new AbortController();
      const call = withOptions(service, { signal: controller.signal }).never();
      await rest();
      controller.abort();
      await call;
    },
    () => service.callBack((value: number) => value * 2),
    () => piped.object().nested.list,
    () => streamed(service.count(3) as AsyncIterable<unknown>),
    () => streamed(service.few() as AsyncIterable<unknown>, 2),
    () => streamed(service.breaks() as AsyncIterable<unknown>),
    () => streamed(service.chunks() as AsyncIterable<unknown>),
    () =>
      service.sum(
        (async function* () {
          yield 1;
          yield 2;
          yield 3;
        })(),
      ),
    () => service.title,
    () => setProperty(service, 'title', 'new'),
    () => service.title,
    () => peer.runTask('twice', 21),
    async () => {
      const off = await peer.subscribe('news:*', (data) => void heard.push(data));
      await service.shout('rain');
      await rest();
      await off();
      await service.shout('nobody hears this');
      return heard;
    },
    () => peer.queryInterface('nowhere'),
  ];
  const outcome: unknown[] = [];
  for (const step of steps) {
    try {
      outcome.push(toNotation(await step()));
    } catch (error) {
      const { code, message } = NetronError.from(error);
      outcome.push({ code, message });
    }
    await rest();
  }
  return outcome;
}
