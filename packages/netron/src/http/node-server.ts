/** The edge for servers that speak Node's requests and responses: node:http, https, http2 in both ways, Express, Fastify. */
import { type ClientCertificate, clientCertificate } from '../transport/client-certificate.js';
import type { Clock } from '../util/clock.js';
import { nextTurn } from '../util/next-turn.js';
import { isAmbiguous } from './ambiguous.js';
import type { Answers } from './answer.js';
import { joined } from './fetch.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import { nodeChunks } from './node-body.js';
import type { NodeRequest, NodeResponse } from './node-messages.js';
import type { Paces } from './pace.js';
import { beatOf, quiet, type ReplyStream } from './stream-reply.js';

/** Answers one of Node's requests. Resolves when the reply has been handed over. */
export async function answerNode(answers: Answers, request: NodeRequest, response: NodeResponse): Promise<void> {
  if (isAmbiguous(request)) {
    write(request, response, { status: 400, headers: [], close: true });
    return;
  }
  const incoming = new IncomingRequest(request, response, answers.paces);
  const reply = await answers.answer(incoming);
  if (response.writableEnded || incoming.gone) {
    await reply.stream?.chunks.return?.();
    return;
  }
  if (reply.linger === true) await linger(request, response, reply, answers.clock);
  else if (reply.stream === undefined) write(request, response, reply, answers.paces.idle);
  else await pour(request, response, reply, reply.stream, answers);
}

/** Writes chunks as fast as the client reads them, and ends their source with the client. */
async function pour(
  request: NodeRequest,
  response: NodeResponse,
  { status, headers }: EdgeReply,
  stream: ReplyStream,
  { clock, paces: { idle } }: Answers,
): Promise<void> {
  const { chunks } = stream;
  let drained: (() => void) | undefined;
  let gone = false;
  response.on('close', () => {
    gone = true;
    drained?.();
    void chunks.return?.();
  });
  response.writeHead(status, headersFor(request, [...headers]));
  let begun = false;
  // The client hears that the call was taken, however long the first item takes.
  nextTurn(() => {
    if (!begun && !gone) response.flushHeaders();
  });
  const beat = (): void => {
    const sign = beatOf(stream);
    if (sign !== undefined && !gone) response.write(sign);
    timer = clock.setTimeout(beat, quiet, true);
  };
  let timer = clock.setTimeout(beat, quiet, true);
  const reader = new ReplyReader(response, idle);
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true || gone) break;
      clock.clearTimeout(timer);
      begun = true;
      if (!response.write(value) && !gone) {
        reader.waits(true);
        await new Promise<void>((resolve) => {
          drained = resolve;
          response.once('drain', resolve);
        });
        reader.waits(false);
      }
      timer = clock.setTimeout(beat, quiet, true);
    }
    begun = true;
    response.end();
  } catch {
    begun = true;
    // The form has no way to say that it failed: a cut is no end.
    response.destroy();
  } finally {
    clock.clearTimeout(timer);
  }
}

/** The client that reads a reply: dropped when it reads nothing for a while. Node's own timer knows what was sent. */
class ReplyReader {
  readonly #response: NodeResponse;
  readonly #idle: number;
  #waiting = false;
  #watched = false;

  constructor(response: NodeResponse, idle: number) {
    this.#response = response;
    this.#idle = idle;
  }

  /** Whether bytes wait for it. */
  waits(waiting: boolean): void {
    this.#waiting = waiting;
    if (this.#idle === Number.POSITIVE_INFINITY) return;
    this.#response.setTimeout(waiting ? this.#idle : 0);
    if (this.#watched) return;
    this.#watched = true;
    this.#response.on('timeout', () => {
      if (this.#waiting) this.#response.destroy();
    });
  }
}

/** Milliseconds for which the rest of a body is thrown away. */
const lingering = 2_000;

/** Answers before the body has come: a client that is cut off while it sends would not read the answer. */
async function linger(request: NodeRequest, response: NodeResponse, reply: EdgeReply, clock: Clock): Promise<void> {
  const { status, headers, body = '' } = reply;
  const second = request.headers[':method'] !== undefined;
  const length = ['content-length', String(typeof body === 'string' ? byteLength(body) : body.length)];
  response.writeHead(status, headersFor(request, [...headers, ...length, ...(second ? [] : ['connection', 'close'])]));
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

function write(
  request: NodeRequest,
  response: NodeResponse,
  { status, headers, body, close }: EdgeReply,
  idle = Number.POSITIVE_INFINITY,
): void {
  const second = request.headers[':method'] !== undefined;
  const length = body === undefined ? [] : ['content-length', String(typeof body === 'string' ? byteLength(body) : body.length)];
  const bare =
    body === undefined && status !== 204 && status !== 304 && !headers.includes('content-length')
      ? ['content-length', '0']
      : length;
  // As one list: a record of headers takes twice the time.
  const all = [...headers, ...bare, ...(close === true && !second ? ['connection', 'close'] : [])];
  response.writeHead(status, headersFor(request, all));
  response.end(request.method === 'HEAD' ? undefined : body);
  if (response.writableLength > 0) new ReplyReader(response, idle).waits(true);
}

function headersFor(request: NodeRequest, all: string[]): string[] {
  return request.headers[':method'] === undefined ? all : (pairs(all) as unknown as string[]);
}

/** HTTP/2 takes a record; a name that comes twice has a list. */
function pairs(headers: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const value = headers[index + 1]!;
    record[name] = record[name] === undefined ? value : [...[record[name]].flat(), value];
  }
  return record;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  const native = (globalThis as { Buffer?: { byteLength(text: string): number } }).Buffer;
  return native === undefined ? encoder.encode(text).length : native.byteLength(text);
}

class IncomingRequest implements EdgeRequest {
  readonly method: string;
  readonly target: string;
  readonly #request: NodeRequest;
  readonly #paces: Paces;
  #controller: AbortController | undefined;
  #leaving: (() => void)[] | undefined;
  /** The client has left before it was answered. */
  gone = false;

  constructor(request: NodeRequest, response: NodeResponse, paces: Paces) {
    this.#request = request;
    this.#paces = paces;
    this.method = request.method ?? 'GET';
    this.target = request.originalUrl ?? request.url ?? '/';
    response.on('close', () => {
      if (response.writableEnded) return;
      this.gone = true;
      this.#controller?.abort();
      for (const gone of this.#leaving ?? []) gone();
    });
  }

  onLeave(gone: () => void): void {
    if (this.gone) return gone();
    this.#leaving ??= [];
    this.#leaving.push(gone);
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get certificate(): ClientCertificate | undefined {
    return clientCertificate(this.#request.socket);
  }

  header(name: string): string | undefined {
    const value = Object.hasOwn(this.#request.headers, name) ? this.#request.headers[name] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.gone) this.#controller.abort();
    return this.#controller.signal;
  }

  chunks(): AsyncIterator<Uint8Array, void> {
    const { complete, body } = this.#request;
    if (complete !== true || body === undefined) return this.#paces.paced(nodeChunks(this.#request));
    const whole = rewritten(body, Number.POSITIVE_INFINITY);
    return (async function* () {
      if (whole !== undefined) yield whole;
    })();
  }

  body(limit: number): Promise<Uint8Array | undefined> {
    const request = this.#request;
    // A framework that parses bodies has read it: what it made of it is written again, so that one reader checks it.
    if (request.complete === true && request.body !== undefined) return Promise.resolve(rewritten(request.body, limit));
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      let settled = false;
      const settle = (action: () => void) => {
        if (settled) return;
        settled = true;
        pace.rest();
        action();
      };
      const take = (chunk: Uint8Array) => {
        if (settled) return;
        size += chunk.length;
        pace.came(chunk.length);
        if (size > limit) {
          settle(() => resolve(undefined));
          request.pause();
        } else chunks.push(chunk);
      };
      const end = () => settle(() => resolve(joined(chunks, size)));
      const fail = (error?: unknown) => settle(() => reject(error ?? new Error('the client has left')));
      const pace = this.#paces.watch((error) => settle(() => reject(error)));
      request.on('data', take);
      request.on('end', end);
      request.on('error', fail);
      request.on('close', fail);
    });
  }
}

function rewritten(body: unknown, limit: number): Uint8Array | undefined {
  const bytes = body instanceof Uint8Array ? body : encoder.encode(typeof body === 'string' ? body : JSON.stringify(body));
  return bytes.length > limit ? undefined : bytes;
}
