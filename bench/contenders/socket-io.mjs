/** socket.io over WebSocket, with its own parser and with the MessagePack one. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import msgpackParser from 'socket.io-msgpack-parser';
import { items, source } from '../harness/data.mjs';
import { inTurn } from '../harness/in-turn.mjs';
import { Window } from '../harness/window.mjs';

/** Every how many chunks or items the receiver acknowledges; two of these may be on their way. */
const chunksPerAck = 16;
const itemsPerAck = 2048;

/** @param {boolean} msgpack @returns {import('../harness/contender.mjs').Contender} */
const contender = (msgpack) => {
  const parser = msgpack ? { parser: msgpackParser } : {};
  return {
    id: msgpack ? 'socket.io-msgpack' : 'socket.io',
    kind: 'peer',
    transport: 'ws',
    encoding: `${msgpack ? 'MessagePack parser' : 'JSON, bytes as attachments'}; it has no flow control: streams are events with acknowledgements`,
    supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
    imports: ['socket.io', 'socket.io-client'],
    packages: ['socket.io', 'socket.io-client'],
    async serve() {
      const http = createServer();
      const server = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false, ...parser });
      server.on('connection', (socket) => {
        let uploaded = 0;
        socket.on('add', (a, b, reply) => reply(a + b));
        socket.on('echo', (record, reply) => reply(record));
        socket.on('bytes', (bytes, reply) => reply(bytes));
        socket.on('download', (size) => emitAll(socket, source(size), chunksPerAck));
        socket.on('upload', (reply) => {
          reply(uploaded);
          uploaded = 0;
        });
        socket.on('chunk', (chunk, taken) => {
          uploaded += chunk.length;
          taken?.();
        });
        socket.on('items', (count) => emitAll(socket, items(count), itemsPerAck));
        socket.on('subscribe', (reply) => {
          socket.join('events');
          reply();
        });
      });
      await new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve(undefined)));
      return {
        address: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (http.address()).port}`,
        publish: (event) => server.to('events').emit('event', event),
        close: () => server.close(),
      };
    },
    async connect(address) {
      const socket = io(address, { transports: ['websocket'], forceNew: true, reconnection: false, ...parser });
      await new Promise((resolve, reject) => socket.once('connect', () => resolve(undefined)).once('connect_error', reject));
      const ask = (...args) => new Promise((resolve) => socket.emit(...args, resolve));
      return {
        add: (a, b) => ask('add', a, b),
        echo: (record) => ask('echo', record),
        bytes: (bytes) => ask('bytes', bytes),
        download: (size, onChunk) => receive(socket, ['download', size], size, ({ length }) => length, onChunk),
        upload: async (size) => {
          await emitAll(socket, source(size), chunksPerAck);
          return ask('upload');
        },
        items: (count, onItem) => receive(socket, ['items', count], count, () => 1, undefined, onItem),
        subscribe: async (onEvent) => {
          socket.on('event', onEvent);
          await ask('subscribe');
        },
        close: () => void socket.disconnect(),
      };
    },
  };
};

export default [contender(false), contender(true)];

async function emitAll(socket, values, perAck) {
  const window = new Window(2 * perAck);
  let next = 0;
  for (const value of values) {
    for (let full = window.full(); full; full = window.full()) await full;
    window.left--;
    if (++next % perAck === 0) socket.emit('chunk', value, () => window.release(perAck));
    else socket.emit('chunk', value);
  }
}

function receive(socket, request, amount, sizeOf, onChunk, onItem) {
  return new Promise((resolve) => {
    let left = amount;
    const hand = onChunk && inTurn(onChunk);
    const onValue = (value, taken) => {
      if (hand) hand(sizeOf(value), taken);
      else {
        onItem(value);
        taken?.();
      }
      left -= sizeOf(value);
      if (left > 0) return;
      socket.off('chunk', onValue);
      resolve(undefined);
    };
    socket.on('chunk', onValue);
    socket.emit(...request);
  });
}
