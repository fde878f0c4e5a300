/** Bare `ws` with a hand-made binary protocol. */
import { WebSocket, WebSocketServer } from 'ws';
import { floorClient } from '../floors/client.mjs';
import { wsLink } from '../floors/link.mjs';
import { floorService } from '../floors/server.mjs';

const options = { perMessageDeflate: false, skipUTF8Validation: true };

/** @param {boolean} batch @returns {import('../harness/contender.mjs').Contender} */
const floor = (batch) => ({
  id: batch ? 'ws-batch' : 'ws-raw',
  kind: 'floor',
  transport: 'ws',
  encoding: batch
    ? 'binary frames and msgpackr, one message per turn of the loop'
    : 'binary frames and msgpackr, one message per frame',
  supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['ws'],
  packages: ['ws'],
  async serve() {
    const service = floorService(batch);
    const server = new WebSocketServer({ ...options, port: 0, host: '127.0.0.1', clientTracking: false });
    server.on('connection', (socket) => service.accept(wsLink(socket)));
    await new Promise((resolve) => server.once('listening', resolve));
    return {
      address: `ws://127.0.0.1:${server.address().port}`,
      publish: service.publish,
      close: () => server.close(),
    };
  },
  connect: (address) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(address, options);
      socket.once('error', reject);
      socket.once('open', () => resolve(floorClient(wsLink(socket), batch)));
    }),
});

export default [floor(false), floor(true)];
