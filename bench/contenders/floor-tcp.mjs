/** Bare `net` with a hand-made binary protocol behind a length. */
import { connect, createServer } from 'node:net';
import { floorClient } from '../floors/client.mjs';
import { tcpLink } from '../floors/link.mjs';
import { floorService } from '../floors/server.mjs';

/** @param {boolean} batch @returns {import('../harness/contender.mjs').Contender} */
const floor = (batch) => ({
  id: batch ? 'tcp-batch' : 'tcp-raw',
  kind: 'floor',
  transport: 'tcp',
  encoding: batch
    ? 'binary frames and msgpackr, one write per turn of the loop'
    : 'binary frames and msgpackr, one write per frame',
  supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['node:net'],
  packages: [],
  async serve() {
    const service = floorService(batch);
    const server = createServer((socket) => service.accept(tcpLink(socket)));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return {
      address: String(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
      publish: service.publish,
      close: () => void server.close(),
    };
  },
  connect: (address) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(address), '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(floorClient(tcpLink(socket), batch)));
    }),
});

export default [floor(false), floor(true)];
