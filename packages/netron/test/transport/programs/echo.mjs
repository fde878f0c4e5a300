// Listens on its IPC channel or its parent's port, and answers each message with the same bytes in reverse order.
// Messages of the application ('ping') are answered beside it. argv[2]: the module of the transport.
import { parentPort } from 'node:worker_threads';

const { IpcTransport } = await import(process.env.TRANSPORT_MODULE);
const server = await new IpcTransport().listen();
server.accept((connection) =>
  connection.start({
    message: (bytes) => void connection.send(Uint8Array.from(bytes).reverse()),
    drained() {},
    closed() {},
  }),
);
const channel = parentPort ?? process;
channel.on('message', (message) => {
  if (message !== 'ping') return;
  if (parentPort) parentPort.postMessage('pong');
  else process.send('pong');
});
