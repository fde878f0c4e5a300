import { EventEmitter } from 'node:events';
import { IpcTransport } from '../../src/transport/node/ipc.js';
import type { ProcessChannel } from '../../src/transport/node/ipc-connection.js';
import type { Server } from '../../src/transport/transport.js';
import { testTransport } from './transport.js';

const transport = new IpcTransport();
const ways = new Map<Server, ProcessChannel>();

/** Two ends of an IPC channel in one process; what is sent passes through `serialize`. Real children: `test/transport`. */
function processPair(serialize: (message: unknown) => unknown): [ProcessChannel, ProcessChannel] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const channel = (near: EventEmitter, far: EventEmitter) => {
    near.setMaxListeners(100);
    return Object.assign(near, {
      connected: true,
      send(message: unknown, onSent: (error: Error | null) => void): boolean {
        const sent = serialize(message);
        setImmediate(() => {
          far.emit('message', sent);
          onSent(null);
        });
        return true;
      },
    }) as unknown as ProcessChannel;
  };
  return [channel(ends[0], ends[1]), channel(ends[1], ends[0])];
}

for (const [name, serialize] of [
  ['JSON', (message: unknown): unknown => JSON.parse(JSON.stringify(message))],
  ['structured clone', (message: unknown): unknown => structuredClone(message)],
] as const) {
  testTransport(`ipc, ${name}`, {
    async listen(options) {
      const [near, far] = processPair(serialize);
      const server = await transport.listen(undefined, { ...options, on: far });
      ways.set(server, near);
      return server;
    },
    connect: (server, options) => transport.connect(ways.get(server) as ProcessChannel, options),
    connectToNonsense: () => transport.connect('ipc:x'),
    connectToSilence: (options) => transport.connect(processPair(serialize)[0], options),
  });
}
