import { MessagePortTransport, type MessageTarget } from '../../src/transport/message-port.js';
import type { Server } from '../../src/transport/transport.js';
import { testTransport } from './transport.js';

const transport = new MessagePortTransport();
const ways = new Map<Server, MessageTarget>();
const ports: MessagePort[] = [];

testTransport('message port', {
  async listen(options) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const server = await transport.listen(undefined, { ...options, on: port1 });
    ways.set(server, port2);
    return server;
  },
  connect: (server, options) => transport.connect(ways.get(server) as MessageTarget, options),
  connectToNonsense: () => transport.connect('message-port:x'),
  connectToSilence: (options) => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    return transport.connect(port1, options);
  },
  cleanup: () => {
    for (const port of ports.splice(0)) port.close();
  },
});
