/** Cap'n Web over WebSocket. */
import { newWebSocketRpcSession, RpcTarget } from 'capnweb';
import { WebSocket, WebSocketServer } from 'ws';
import { items, source } from '../harness/data.mjs';

globalThis.WebSocket ??= WebSocket; // It compares states with the constants of the global one, which Node 20 lacks.

const subscribers = new Set();

class Bench extends RpcTarget {
  add(a, b) {
    return a + b;
  }
  echo(record) {
    return record;
  }
  bytes(bytes) {
    return bytes;
  }
  download(size) {
    return streamOf(source(size));
  }
  async upload(stream) {
    let size = 0;
    for await (const chunk of stream) size += chunk.length;
    return size;
  }
  items(count) {
    return streamOf(items(count));
  }
  subscribe(callback) {
    subscribers.add(callback.dup());
  }
}

/** @type {import('../harness/contender.mjs').Contender} */
export default {
  id: 'capnweb',
  kind: 'peer',
  transport: 'ws',
  encoding: 'JSON, bytes as base64',
  supports: ['add', 'echo', 'bytes', 'download', 'upload', 'items', 'events'],
  imports: ['capnweb', 'ws'],
  packages: ['capnweb', 'ws'],
  async serve() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    server.on('connection', (socket) => newWebSocketRpcSession(socket, new Bench()));
    await new Promise((resolve) => server.once('listening', resolve));
    return {
      address: `ws://127.0.0.1:${server.address().port}`,
      publish: (event) => {
        for (const subscriber of subscribers) {
          const call = subscriber(event);
          call.catch(() => subscribers.delete(subscriber));
        }
      },
      close: () => void server.close(),
    };
  },
  async connect(address) {
    const socket = new WebSocket(address, { perMessageDeflate: false });
    const api = newWebSocketRpcSession(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return {
      add: (a, b) => api.add(a, b),
      echo: (record) => api.echo(record),
      bytes: (bytes) => api.bytes(bytes),
      download: async (size, onChunk) => {
        for await (const chunk of await api.download(size)) await onChunk(chunk.length);
      },
      upload: (size) => api.upload(streamOf(source(size))),
      items: async (count, onItem) => {
        for await (const one of await api.items(count)) onItem(one);
      },
      subscribe: async (onEvent) => {
        await api.subscribe((event) => onEvent(event));
      },
      close: () =>
        new Promise((resolve) => {
          socket.once('close', () => resolve(undefined));
          api[Symbol.dispose]();
          socket.close();
        }),
    };
  },
};

function streamOf(values) {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = values.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
