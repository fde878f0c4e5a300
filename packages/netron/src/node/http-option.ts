/** HTTP on a node, as its options ask for it: loads what answers requests. */
import type { HttpHost } from '../http/handler.js';
import type { NodeRequest, NodeResponse } from '../http/node-messages.js';
import type { HttpHandler } from '../transport/transport.js';
import type { Limits } from '../wire/limits.js';
import type { HttpListen } from './options.js';

/** Returns the handler of the node's requests: bodies are bounded like long messages. */
export async function httpRequests(netron: HttpHost, { message, elements }: Limits, options: HttpListen): Promise<HttpHandler> {
  const { httpHandler } = await import('../http/handler.js');
  const { node, texts, clientOf } = httpHandler(netron, { maxBody: message, maxElements: elements, ...options });
  return { texts, clientOf, request: (request, response) => void node(request as NodeRequest, response as NodeResponse) };
}
