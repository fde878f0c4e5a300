/** Conversations between real nodes, kept byte by byte. */
import { defineService, Netron, type RemotePeer } from '../../src/index.js';
import { MemoryTransport } from '../../src/transport/memory.js';
import type { Connection, ConnectOptions } from '../../src/transport/transport.js';
import { quiet } from '../integration/nodes.js';
import { everything } from './attacked.js';

/** Keeps the messages of the end that connects, and those it gets. */
export class RecordingTransport extends MemoryTransport {
  readonly sent: Uint8Array[] = [];
  readonly received: Uint8Array[] = [];

  override async connect(url: string, options?: ConnectOptions): Promise<Connection> {
    const connection = await super.connect(url, options);
    const { sent, received } = this;
    return new Proxy(connection, {
      get(inner, name) {
        if (name === 'send') {
          return (message: Uint8Array) => {
            sent.push(Uint8Array.from(message));
            return inner.send(message);
          };
        }
        if (name === 'start') {
          return (receiver: Parameters<Connection['start']>[0]) =>
            inner.start({
              message(bytes) {
                received.push(Uint8Array.from(bytes));
                receiver.message(bytes);
              },
              drained: () => receiver.drained(),
              closed: (error) => receiver.closed(error),
            });
        }
        const value: unknown = Reflect.get(inner, name, inner);
        return typeof value === 'function' ? value.bind(inner) : value;
      },
    });
  }
}

/** What a client sends and gets that uses everything there is. */
export async function recordEverything(): Promise<{
  readonly sent: readonly Uint8Array[];
  readonly received: readonly Uint8Array[];
}> {
  const transport = new RecordingTransport();
  const shared = { stopTimeout: 0, logger: quiet, additionalTransports: [transport] };
  const server = await Netron.create({
    ...shared,
    id: 'target',
    transports: { memory: true },
    remoteEvents: true,
    allowRemoteServices: true,
    allowRemoteTasks: true,
    allowServiceEvents: true,
  });
  await server.peer.exposeService(everything());
  server.addTask('task', (_peer, value: unknown) => value);
  const client = await Netron.create({ ...shared, id: 'recorded' });
  const peer = await client.connect(server.addresses[0] as string);
  await useEverything(peer);
  server.publish('news:today', { text: 'rain' });
  await peer.disconnect();
  await Promise.all([client.stop(), server.stop()]);
  return transport;
}

/** Calls, streams, references, events, tasks: every kind of packet that a client sends. */
export async function useEverything(peer: RemotePeer): Promise<void> {
  const service = await peer.queryInterface<ReturnType<typeof everything>>('everything');
  const mine = defineService({ name: 'mine@1.0.0', methods: { hi: () => 'hi' } });
  const off = await peer.subscribe('news:*', () => {});
  await service.echo({ text: 'x', list: [1, 2n, new Date(0), new Map([[1, new Set([2])]])], url: new URL('http://a/') });
  await service.callBack((value: number) => value + 1);
  await service.fail().catch(() => {});
  const piped = service as unknown as {
    object(): { readonly nested: { readonly list: Promise<unknown> } };
    service(): { hi(): Promise<unknown> };
  };
  await piped.object().nested.list;
  await piped.service().hi();
  let seen = 0;
  for await (const item of service.count(20) as AsyncIterable<unknown>) if (item !== undefined) seen += 1;
  for await (const chunk of service.bytes() as AsyncIterable<Uint8Array>) {
    seen += chunk.length;
    if (seen > 100_000) break;
  }
  await service.sum(
    (async function* () {
      yield 1;
      yield 2;
    })(),
  );
  await peer.runTask('task', 5);
  await peer.exposeService(mine);
  await peer.concealService('mine');
  await off();
}
