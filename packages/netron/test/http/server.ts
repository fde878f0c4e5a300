import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpOptions, httpHandler } from '../../src/http/index.js';
import { Netron, type NetronOptions } from '../../src/index.js';

/** A node behind a server of its own, and `fetch` for it. */
export interface Served {
  readonly node: Netron;
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Asks below the path of calls. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Calls by natural JSON. */
  post(path: string, args: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Serves services over node:http. */
export async function serve(services: readonly object[], http: HttpOptions = {}, options: NetronOptions = {}): Promise<Served> {
  const node = await Netron.create({ logLevel: 'error', ...options });
  for (const service of services) await node.peer.exposeService(service);
  const handler = httpHandler(node, http);
  const server = createServer((request, response) => void handler.node(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask: Served['ask'] = (path, init) => fetch(`${url}${http.path ?? '/netron'}${path}`, init);
  return {
    node,
    url,
    port,
    server,
    ask,
    post: (path, args, headers = {}) =>
      ask(path, { method: 'POST', body: JSON.stringify(args), headers: { 'content-type': 'application/json', ...headers } }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await node.stop();
    },
  };
}
