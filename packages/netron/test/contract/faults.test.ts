import type { NetConnectOpts } from 'node:net';
import { TcpTransport } from '../../src/transport/node/tcp.js';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { ConnectOptions, ListenOptions, Server, Transport } from '../../src/transport/transport.js';
import { FaultProxy, type Faults } from '../transport/fault-proxy.js';
import { freshPath } from './temporary.js';
import { testTransport } from './transport.js';

/** The suite once more, with a proxy between the ends. */
function testThrough(way: string, faults: Faults, slowness: number): void {
  const overPort = (name: string, transport: Transport) => {
    const target = (server: Server) => ({ host: '127.0.0.1', port: Number(new URL(server.address).port) });
    const through = (server: Server, proxy: FaultProxy) => {
      const url = new URL(server.address);
      url.port = String(proxy.port);
      return url.href;
    };
    testOne(`${name} ${way}`, (options) => transport.listen(0, options), transport, target, through);
  };
  const testOne = (
    name: string,
    listen: (options?: ListenOptions) => Promise<Server>,
    transport: Transport,
    target: (server: Server) => NetConnectOpts,
    through: (server: Server, proxy: FaultProxy, path: string) => string,
  ) => {
    const proxies: FaultProxy[] = [];
    testTransport(name, {
      listen,
      async connect(server: Server, options?: ConnectOptions) {
        const proxy = new FaultProxy(target(server), faults);
        proxies.push(proxy);
        const path = freshPath();
        await proxy.listen(transport.name === 'unix' ? path : undefined);
        return transport.connect(through(server, proxy, path), options);
      },
      slowness,
      buffered: 64 * 1024 * 1024,
      async cleanup() {
        await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
      },
    });
  };
  overPort('tcp', new TcpTransport());
  overPort('websocket', new WebSocketTransport());
  const unix = new UnixSocketTransport();
  testOne(
    `unix ${way}`,
    (options) => unix.listen(freshPath(), options),
    unix,
    (server) => ({ path: server.address.slice('unix:'.length) }),
    (_server, _proxy, path) => `unix:${path}`,
  );
}

testThrough('with 5 ms of latency', { latency: 5 }, 1);
testThrough('cut into pieces of 7 bytes', { slice: 7, slices: 4_000 }, 20);
testThrough('cut at every byte', { slice: 1, slices: 4_000 }, 100);
