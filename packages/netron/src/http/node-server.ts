/** HTTP for servers that use Node's requests and responses: node:http, https, http2 with or without TLS, Express, Fastify. */
import { nextTurn } from '../util/next-turn.js';
import { isAmbiguous } from './ambiguous.js';
import { discardBody, isTooLongToDiscard } from './discard-body.js';
import type { EdgeReply } from './message.js';
import { NodeConnections } from './node-connection.js';
import type { NodeRequest, NodeResponse } from './node-messages.js';
import { IncomingRequest } from './node-request.js';
import { ReplyReader } from './reply-reader.js';
import type { RequestRouter } from './request-router.js';
import { heartbeatInterval, heartbeatOf, type ReplyStream } from './stream-reply.js';

/** Most bytes of a body that are read before the call is processed. */
const maxBuffered = 65_536;

/** `NO_ERROR` of RFC 9113: the response is complete, and the rest of the request is not wanted. */
const noError = 0;

/** A request and its response. */
interface Exchange {
  readonly router: RequestRouter;
  readonly request: NodeRequest;
  readonly incoming: IncomingRequest;
  readonly response: NodeResponse;
}

/** Answers requests of Node's servers and never throws. */
export class NodeServer {
  readonly #router: RequestRouter;
  readonly #connections = new NodeConnections(begin);

  constructor(router: RequestRouter) {
    this.#router = router;
  }

  /** Answers one request when its turn comes. */
  answer(request: NodeRequest, response: NodeResponse): void {
    const incoming = new IncomingRequest(request, this.#router.rates);
    response.on('close', () => {
      if (!response.writableEnded) incoming.markDisconnected();
    });
    this.#connections.take({ router: this.#router, request, incoming, response });
  }
}

function begin(exchange: Exchange, last: () => void): void {
  const { router, request, incoming } = exchange;
  if (incoming.disconnected) return;
  if (isAmbiguous(request)) {
    // A proxy may have treated the following bytes as part of this request.
    last();
    return send(exchange, { status: 400, headers: [], close: true });
  }
  incoming.read(Math.min(maxBuffered, router.maxBody), answer, exchange);
}

function answer(exchange: Exchange): void {
  const reply = exchange.router.answer(exchange.incoming);
  if (reply instanceof Promise) void reply.then(send.bind(undefined, exchange));
  else send(exchange, reply);
}

/** Sends a reply. A response that refuses it, for instance because its head was sent already, is destroyed. */
function send(exchange: Exchange, reply: EdgeReply): void {
  const { incoming, response } = exchange;
  try {
    if (response.writableEnded || incoming.disconnected) void reply.stream?.chunks.return?.();
    else if (reply.stream === undefined) sendBody(exchange, reply);
    else sendStream(exchange, reply, reply.stream).catch(destroy.bind(undefined, response));
  } catch {
    destroy(response);
  }
}

function destroy(response: NodeResponse): void {
  response.destroy();
}

/** Writes chunks as fast as the client reads them, and closes their source when the client disconnects. */
async function sendStream(exchange: Exchange, { status, headers }: EdgeReply, stream: ReplyStream): Promise<void> {
  const { request, response } = exchange;
  const { clock, rates } = exchange.router;
  const { chunks } = stream;
  let drained: (() => void) | undefined;
  let disconnected = false;
  let timer: unknown;
  response.on('close', () => {
    disconnected = true;
    clock.clearTimeout(timer);
    drained?.();
    void chunks.return?.();
  });
  response.writeHead(status, headersFor(request, [...headers]));
  let begun = false;
  // Sends the head now, so that the client knows that the call was accepted, however long the first item takes.
  nextTurn(() => {
    if (!begun && !disconnected) response.flushHeaders?.();
  });
  let last = clock.now();
  let drains = false;
  // One timer for all chunks: it checks when the last one was written.
  const heartbeat = (): void => {
    if (disconnected) return;
    const left = last + heartbeatInterval - clock.now();
    const beat = left > 0 || drains ? undefined : heartbeatOf(stream);
    if (beat !== undefined) response.write(beat);
    if (left <= 0) last = clock.now();
    timer = clock.setTimeout(heartbeat, left > 0 ? left : heartbeatInterval, true);
  };
  if (stream.heartbeat !== undefined) timer = clock.setTimeout(heartbeat, heartbeatInterval, true);
  const reader = new ReplyReader(response, rates);
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true || disconnected) break;
      begun = true;
      if (!response.write(value) && !disconnected) {
        drains = true;
        reader.waits(true);
        await new Promise<void>((resolve) => {
          drained = resolve;
          response.once('drain', resolve);
        });
        reader.waits(false);
        drains = false;
      }
      if (timer !== undefined) last = clock.now();
    }
    begun = true;
    end(exchange, undefined, false);
    reader.waits(response.writableLength > 0);
  } catch {
    begun = true;
    // The format cannot report a failure: the connection is destroyed, which no client takes for the end. Written data is sent first.
    nextTurn(() => void response.destroy());
  } finally {
    clock.clearTimeout(timer);
  }
}

function sendBody(exchange: Exchange, { status, headers, body, close }: EdgeReply): void {
  const { router, request, incoming, response } = exchange;
  const closes = !isHttp2(request) && (close === true || incoming.slow || (incoming.unread && isTooLongToDiscard(request)));
  // As one list: a record of headers takes twice the time.
  const size = body === undefined ? 0 : typeof body === 'string' ? byteLength(body) : body.length;
  const sized = body !== undefined || (status !== 204 && status !== 304 && request.method !== 'HEAD');
  const all = sized ? [...headers, 'content-length', String(size)] : [...headers];
  if (closes) all.push('connection', 'close');
  response.writeHead(status, headersFor(request, all));
  end(exchange, request.method === 'HEAD' ? undefined : body, closes);
  if (response.writableLength > 0) new ReplyReader(response, router.rates).waits(true);
}

/** Ends a response, and its connection or HTTP/2 stream if the rest of the request is not read. */
function end(exchange: Exchange, body: string | Uint8Array | undefined, closes: boolean): void {
  const { request, incoming, response } = exchange;
  if (!incoming.unread) return finish(response, body);
  if (!incoming.slow) return void endEarly(exchange, body, closes).catch(destroy.bind(undefined, response));
  // Too slow a client is not waited for again. Its connection closes with the response.
  const sent = sending(response);
  finish(response, body);
  if (!closes) void leave(request, sent);
}

/** Ends a response whose client may still be sending the body of its request. */
async function endEarly(
  { router, request, response }: Exchange,
  body: string | Uint8Array | undefined,
  closes: boolean,
): Promise<void> {
  const sent = sending(response);
  // Begins before the response ends, after which Node would discard any number of bytes.
  const discarded = discardBody(request, router);
  // The end of the response would close the connection at once.
  if (!closes) finish(response, body);
  else if (body === undefined) response.flushHeaders?.();
  else response.write(body);
  const whole = await discarded;
  if (closes) response.end();
  else if (!whole) await leave(request, sent);
}

/** Returns a promise that resolves when a response has been sent, or its client has disconnected. */
function sending(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => response.on('close', resolve));
}

/** Closes the HTTP/2 stream or the connection of a request whose response has ended, once that is sent. */
async function leave(request: NodeRequest, sent: Promise<void>): Promise<void> {
  // Node sends the rest of the response before it closes the stream, with which alone the response closes.
  if (isHttp2(request)) return void request.stream?.close?.(noError);
  await sent;
  request.destroy();
}

/** Sends the head and the body in one write, and ends. `end(body)` would append an empty string and merge the two. */
function finish(response: NodeResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined || response.cork === undefined) return void response.end(body);
  response.cork();
  response.write(body);
  response.uncork?.();
  response.end();
}

/** Returns headers in the form that the server of the request takes. */
function headersFor(request: NodeRequest, all: string[]): never {
  return (isHttp2(request) ? pairs(all) : all) as never;
}

/** Whether a request came over HTTP/2. */
function isHttp2({ headers }: NodeRequest): boolean {
  return headers[':method'] !== undefined;
}

/** Converts headers to the record that HTTP/2 takes; a repeated name gets a list. */
function pairs(headers: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const value = headers[index + 1]!;
    record[name] = record[name] === undefined ? value : [...[record[name]].flat(), value];
  }
  return record;
}

const native = (globalThis as { Buffer?: { byteLength(text: string): number } }).Buffer;
const byteLength = native === undefined ? (text: string) => new TextEncoder().encode(text).length : native.byteLength;
