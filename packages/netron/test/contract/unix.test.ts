import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { freshPath } from './temporary.js';
import { testTransport } from './transport.js';

const transport = new UnixSocketTransport();

testTransport('unix', {
  listen: (options) => transport.listen(freshPath(), options),
  connect: (server, options) => transport.connect(server.address, options),
  listenAgain: (server) => transport.listen(server.address),
  connectToNobody: () => transport.connect(`unix:${freshPath()}`),
  connectToNonsense: () => transport.connect('tcp://127.0.0.1:1'),
});
