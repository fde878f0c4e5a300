/** HTTP for a node: serves its services through the HTTP server of any platform. */
import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import { type OutdatedEvent, outdatedEvent } from '../service/call/call-tags.js';
import type { TextProtocol } from '../transport/transport.js';
import { clientAddress } from './client-address.js';
import { answerFetch, type FetchInfo } from './fetch.js';
import type { HttpNode } from './http-node.js';
import { JsonSocket, jsonProtocol } from './json-socket.js';
import type { NodeRequest, NodeResponse } from './node-messages.js';
import { NodeServer } from './node-server.js';
import { type HttpOptions, httpSettings } from './options.js';
import { RequestRouter } from './request-router.js';

/** The part of a node that HTTP uses: any `Netron` is one. */
export interface HttpHost extends Pick<HttpNode, 'authenticate'> {
  subscribe(event: typeof outdatedEvent, handler: (event: OutdatedEvent) => void): unknown;
  on(event: 'draining', handler: () => void): unknown;
  encodeError: ErrorCodec['encode'];
  decodeError: ErrorCodec['decode'];
  /** @internal */
  readonly httpAccess: HttpAccess;
}

/** The part of a node that only the HTTP edge of this package may use. */
export interface HttpAccess extends Pick<HttpNode, 'authenticates' | 'awaitCredentials' | 'dispatchTo'> {
  /** Same as `resolve`, but only when the answer is known synchronously. */
  known(service: string, caller: CallPeer): BoundService | undefined;
  /** @throws NetronError `not_found`, `invalid_argument`, `unavailable` */
  resolve(service: string, caller: CallPeer): Promise<BoundService>;
}

/** Handlers of requests. Each one answers every request itself and never throws. */
export interface HttpHandler {
  /** For servers that use `Request` and `Response`: Bun, Deno, workers, Hono. */
  fetch(request: Request, info?: FetchInfo): Promise<Response>;
  /** For node:http, https, http2 with `allowHTTP1`, Express and Fastify. */
  node(request: NodeRequest, response: NodeResponse): void;
  /** Calls as text over WebSockets with the subprotocol `netron.json`. */
  readonly texts: TextProtocol;
  /** Returns the address of a WebSocket client; behind trusted proxies, that of the client in front of them. */
  clientOf(forwarded: string | undefined, address: string): string;
  /** Whether the path of a request is below the option `path`, so that other requests can be routed elsewhere. */
  owns(target: string): boolean;
}

/**
 * Creates handlers that answer HTTP requests by calling the services of a node.
 *
 * ```ts
 * const handler = httpHandler(node);
 * createServer(handler.node).listen(8080); // node:http
 * export default { fetch: handler.fetch }; // Bun, Deno, workers
 * ```
 *
 * @throws TypeError when an option is wrong
 */
export function httpHandler(node: HttpHost, options: HttpOptions = {}): HttpHandler {
  const { httpAccess } = node;
  const host: HttpNode = {
    errors: { encode: (error) => node.encodeError(error), decode: (wire) => node.decodeError(wire) },
    authenticate: (credentials, request) => node.authenticate(credentials, request),
    authenticates: httpAccess.authenticates,
    awaitCredentials: (promised, request) => httpAccess.awaitCredentials(promised, request),
    resolve: (service, caller) => httpAccess.known(service, caller) ?? httpAccess.resolve(service, caller),
    dispatchTo: (service, request) => httpAccess.dispatchTo(service, request),
    outdated: (handler) => void node.subscribe(outdatedEvent, handler),
    draining: (handler) => void node.on('draining', handler),
  };
  const settings = httpSettings(options);
  const router = new RequestRouter(host, settings);
  const server = new NodeServer(router);
  const sockets = new Set<JsonSocket>();
  let connections = 0;
  host.draining(() => {
    for (const socket of sockets) socket.leave();
  });
  return {
    fetch: (request, info) => answerFetch(router, request, info),
    node: (request, response) => server.answer(request, response),
    texts: {
      name: jsonProtocol,
      maxMessage: settings.maxBody,
      accept: (socket) => {
        connections += 1;
        const calls = new JsonSocket(host, settings, socket, connections);
        sockets.add(calls);
        return {
          text: (text) => calls.text(text),
          drained: () => calls.drained(),
          ending: () => calls.ending(),
          closed: () => {
            sockets.delete(calls);
            calls.closed();
          },
        };
      },
    },
    clientOf: (forwarded, address) => clientAddress(forwarded, address, settings.trusts),
    owns: (target) => router.owns(target),
  };
}
