import { MemoryTransport } from '../../src/transport/memory.js';
import { testTransport } from './transport.js';

const transport = new MemoryTransport();

testTransport('memory', {
  listen: (options) => transport.listen(0, options),
  connect: (server, options) => transport.connect(server.address, options),
  listenAgain: (server) => transport.listen(server.address),
  connectToNobody: () => transport.connect('memory:nobody'),
  connectToNonsense: () => transport.connect('tcp://127.0.0.1:1'),
});
