/** HTTP for servers that use Node's requests and responses: node:http, https, http2 with or without TLS, Express, Fastify. */
import type { Clock } from '../util/clock.js';
import { nextTurn } from '../util/next-turn.js';
import { isAmbiguous } from './ambiguous.js';
import type { Answers } from './answer.js';
import type { EdgeReply } from './message.js';
import { NodeConnections } from './node-connection.js';
import type { NodeRequest, NodeResponse } from './node-messages.js';
import { IncomingRequest } from './node-request.js';
import type { Paces } from './pace.js';
import { ReplyReader } from './reply-reader.js';
import { beatOf, quiet, type ReplyStream } from './stream-reply.js';

/** Most bytes of a body that are read before the call is processed. */
const atOnce = 65_536;

/** Answers requests of Node's servers and never throws. */
export class NodeServer {
  readonly #answers: Answers;
  readonly #connections = new NodeConnections();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Answers one request when its turn comes. */
  answer(request: NodeRequest, response: NodeResponse): void {
    const incoming = new IncomingRequest(request, this.#answers.paces);
    response.on('close', () => {
      if (!response.writableEnded) incoming.leave();
    });
    this.#connections.take(request, response, (last) => this.#begin(request, response, incoming, last));
  }

  #begin(request: NodeRequest, response: NodeResponse, incoming: IncomingRequest, last: () => void): void {
    const answers = this.#answers;
    if (incoming.gone) return;
    if (isAmbiguous(request)) {
      // A proxy may have treated the following bytes as part of this request.
      last();
      return write(request, response, { status: 400, headers: [], close: true });
    }
    incoming.read(Math.min(atOnce, answers.maxBody), () => {
      const reply = answers.answer(incoming);
      if (reply instanceof Promise) void reply.then((there) => send(answers, request, response, there, incoming.gone));
      else send(answers, request, response, reply, incoming.gone);
    });
  }
}

/** Sends a reply. A response that refuses it, for instance because its head was sent already, is destroyed. */
function send(answers: Answers, request: NodeRequest, response: NodeResponse, reply: EdgeReply, gone: boolean): void {
  const cut = (): void => void response.destroy();
  try {
    if (response.writableEnded || gone) void reply.stream?.chunks.return?.();
    else if (reply.linger === true) linger(request, response, reply, answers.clock).catch(cut);
    else if (reply.stream === undefined) write(request, response, reply, answers.paces);
    else pour(request, response, reply, reply.stream, answers).catch(cut);
  } catch {
    cut();
  }
}

/** Writes chunks as fast as the client reads them, and closes their source when the client disconnects. */
async function pour(
  request: NodeRequest,
  response: NodeResponse,
  { status, headers }: EdgeReply,
  stream: ReplyStream,
  { clock, paces }: Answers,
): Promise<void> {
  const { chunks } = stream;
  let drained: (() => void) | undefined;
  let gone = false;
  let timer: unknown;
  response.on('close', () => {
    gone = true;
    clock.clearTimeout(timer);
    drained?.();
    void chunks.return?.();
  });
  response.writeHead(status, headersFor(request, [...headers]));
  let begun = false;
  // Sends the head now, so that the client knows that the call was accepted, however long the first item takes.
  nextTurn(() => {
    if (!begun && !gone) response.flushHeaders?.();
  });
  let last = clock.now();
  let drains = false;
  // One timer for all chunks: it checks when the last one was written.
  const beat = (): void => {
    if (gone) return;
    const left = last + quiet - clock.now();
    const sign = left > 0 || drains ? undefined : beatOf(stream);
    if (sign !== undefined) response.write(sign);
    if (left <= 0) last = clock.now();
    timer = clock.setTimeout(beat, left > 0 ? left : quiet, true);
  };
  if (stream.heartbeat !== undefined) timer = clock.setTimeout(beat, quiet, true);
  const reader = new ReplyReader(response, paces);
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true || gone) break;
      begun = true;
      if (!response.write(value) && !gone) {
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
    response.end();
    reader.waits(response.writableLength > 0);
  } catch {
    begun = true;
    // The format cannot report a failure: the connection is cut, which no client takes for the end. Written data is sent first.
    nextTurn(() => void response.destroy());
  } finally {
    clock.clearTimeout(timer);
  }
}

/** Milliseconds for which the rest of a body is discarded. */
const lingering = 2_000;

/** Answers before the body has arrived: a client that is cut off while it sends would not read the answer. */
async function linger(request: NodeRequest, response: NodeResponse, reply: EdgeReply, clock: Clock): Promise<void> {
  const { status, headers, body = '' } = reply;
  const length = ['content-length', String(typeof body === 'string' ? byteLength(body) : body.length)];
  const close = isSecond(request) ? [] : ['connection', 'close'];
  response.writeHead(status, headersFor(request, [...headers, ...length, ...close]));
  response.write(body);
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(resolve, lingering, true);
    const over = () => {
      clock.clearTimeout(timer);
      resolve();
    };
    request.on('end', over);
    request.on('close', over);
    request.on('data', () => {});
    request.resume();
    if (request.complete === true) over();
  });
  response.end();
}

function write(request: NodeRequest, response: NodeResponse, { status, headers, body, close }: EdgeReply, paces?: Paces): void {
  // As one list: a record of headers takes twice the time.
  const all = [...headers];
  if (body !== undefined) all.push('content-length', String(typeof body === 'string' ? byteLength(body) : body.length));
  else if (status !== 204 && status !== 304 && request.method !== 'HEAD') all.push('content-length', '0');
  if (close === true && !isSecond(request)) all.push('connection', 'close');
  response.writeHead(status, headersFor(request, all));
  end(response, request.method === 'HEAD' ? undefined : body);
  if (response.writableLength > 0 && paces !== undefined) new ReplyReader(response, paces).waits(true);
}

/** Sends the head and the body in one write, and ends. `end(body)` would append an empty string and merge the two. */
function end(response: NodeResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined || response.cork === undefined) return void response.end(body);
  response.cork();
  response.write(body);
  response.uncork?.();
  response.end();
}

/** Returns headers in the form that the server of the request takes. */
function headersFor(request: NodeRequest, all: string[]): never {
  return (isSecond(request) ? pairs(all) : all) as never;
}

/** Whether a request came over HTTP/2. */
function isSecond({ headers }: NodeRequest): boolean {
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
