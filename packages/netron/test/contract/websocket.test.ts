import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import { withSilence } from './silence.js';
import { testTransport } from './transport.js';

const transport = new WebSocketTransport();

testTransport('websocket', {
  listen: (options) => transport.listen(0, options),
  connect: (server, options) => transport.connect(server.address, options),
  listenAgain: (server) => transport.listen(server.address),
  connectToNobody: () => transport.connect('ws://127.0.0.1:1'),
  connectToNonsense: () => transport.connect('http://127.0.0.1:1'),
  connectToSilence: (options) => withSilence((port) => transport.connect(`ws://127.0.0.1:${port}`, options)),
});
