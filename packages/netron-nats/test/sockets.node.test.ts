/** A node tracks and closes the sockets of its NATS client, and no others. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Netron } from '@omnitron-dev/netron';
import { expect, it } from 'vitest';
import { natsBackplane, natsDiscovery } from '../src/index.js';
import { natsServer } from './nats-server.js';

it('stopping a node closes no socket that the program has opened in a listener of events or discovery', async () => {
  const nats = await natsServer();
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const make = () =>
    Netron.create({
      logLevel: 'silent',
      listenPort: 0,
      discovery: { backend: natsDiscovery(nats.url), required: true },
      events: { cluster: natsBackplane(nats.url), required: true },
      remoteEvents: true,
    });
  const a = await make();
  /** For instance, the first query of a database pool. */
  const socketAt = (listen: (listener: () => void) => void) =>
    new Promise<Socket>((resolve) => {
      listen(() => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket));
      });
    });
  const joined = socketAt((listener) => a.discovery.once('node:joined', listener));
  const heard = socketAt((listener) => a.subscribe('order:placed', listener));
  const b = await make();
  const again = setInterval(() => b.publish('order:placed', 1), 50);
  const sockets = await Promise.all([joined, heard]);
  clearInterval(again);
  await a.stop();
  const destroyed = sockets.map((socket) => socket.destroyed);
  await b.stop();
  for (const socket of sockets) socket.destroy();
  server.close();
  await nats.end();
  expect(destroyed).toEqual([false, false]);
});
