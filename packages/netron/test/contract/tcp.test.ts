import { TcpTransport } from '../../src/transport/node/tcp.js';
import { testTransport } from './transport.js';

const transport = new TcpTransport();

testTransport('tcp', {
  listen: (options) => transport.listen(0, options),
  connect: (server, options) => transport.connect(server.address, options),
  listenAgain: (server) => transport.listen(server.address),
  connectToNobody: () => transport.connect('127.0.0.1', 1),
  connectToNonsense: () => transport.connect('tcp://127.0.0.1'),
});
