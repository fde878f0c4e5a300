/**
 * Answers calls over HTTP: `POST /calculator/add` with a JSON array of arguments. An example of an edge: all guards and
 * limits of a call come from `netron.dispatch`; this file contains only the HTTP part.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { httpStatusOf, type Netron, NetronError } from '@omnitron-dev/netron';

/** Largest length of a body, in characters. */
const maxBody = 1024 * 1024;

/** Creates an HTTP server, not listening yet, in front of the services of `netron`. */
export function httpEdge(netron: Netron): Server {
  return createServer((request, response) => void answer(netron, request, response));
}

async function answer(netron: Netron, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    if (request.method !== 'POST') throw new NetronError('unimplemented', `expected POST, got ${request.method}`);
    const [service = '', method = ''] = (request.url ?? '').slice(1).split('/').map(decodeURIComponent);
    const address = request.socket.remoteAddress ?? '';
    const from = { id: address, address, transport: 'http' };
    const identity = await netron.authenticate(request.headers.authorization?.replace(/^Bearer /, ''), from);
    const timeout = request.headers['netron-timeout'];
    const result = await netron.dispatch({
      service,
      method,
      args: await argumentsOf(request),
      caller: { ...from, identity },
      signal: gone.signal,
      ...(timeout !== undefined && { timeout: Number(timeout) }),
    });
    reply(response, 200, { result });
  } catch (error) {
    const encoded = netron.encodeError(error);
    reply(response, httpStatusOf(encoded), { error: encoded });
  }
}

async function argumentsOf(request: IncomingMessage): Promise<unknown[]> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxBody) throw new NetronError('resource_exhausted', `the body exceeds the limit of ${maxBody} characters`);
  }
  try {
    const args: unknown = text === '' ? [] : JSON.parse(text);
    if (Array.isArray(args)) return args as unknown[];
  } catch {
    // Handled below.
  }
  throw new NetronError('invalid_argument', 'expected a JSON array of arguments');
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
