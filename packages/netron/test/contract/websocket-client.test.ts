import { WebSocket as NodeWebSocket } from 'ws';
import { WebSocketTransport as NodeTransport } from '../../src/transport/node/websocket.js';
import { WebSocketTransport } from '../../src/transport/websocket-client.js';
import { withSilence } from './silence.js';
import { testTransport } from './transport.js';

// Node 20 has no WebSocket of its own; that of `ws` has the same face.
globalThis.WebSocket ??= NodeWebSocket as unknown as typeof WebSocket;

const server = new NodeTransport();
const client = new WebSocketTransport();

testTransport("websocket, the platform's client", {
  listen: (options) => server.listen(0, options),
  connect: (to, options) => client.connect(to.address, options),
  connectToNobody: () => client.connect('ws://127.0.0.1:1'),
  connectToNonsense: () => client.connect('http://127.0.0.1:1'),
  connectToSilence: (options) => withSilence((port) => client.connect(`ws://127.0.0.1:${port}`, options)),
});
