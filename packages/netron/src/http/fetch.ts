/** HTTP for servers that use `Request` and `Response`: Bun, Deno, workers, Hono. */
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import type { BodyRates } from './body-rate.js';
import { clientDisconnected } from './client-disconnected.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { RequestRouter } from './request-router.js';
import { heartbeatInterval, heartbeatOf, type ReplyStream } from './stream-reply.js';

/** Facts that a server knows in addition to the request. */
export interface FetchInfo {
  /** Address of the client. Default: unknown; all such clients then count as one. */
  readonly address?: string;
}

/** Answers a `Request`. */
export async function answerFetch(router: RequestRouter, request: Request, info: FetchInfo = {}): Promise<Response> {
  const reply = await router.answer(new FetchRequest(request, info.address ?? '', router.rates));
  return responseOf(reply, router, request);
}

class FetchRequest implements EdgeRequest {
  readonly method: string;
  readonly target: string;
  readonly address: string;
  readonly #request: Request;
  readonly #rates: BodyRates;

  constructor(request: Request, address: string, rates: BodyRates) {
    this.#request = request;
    this.#rates = rates;
    this.method = request.method;
    // `new URL` would normalize the path.
    const start = request.url.indexOf('/', request.url.indexOf('://') + 3);
    this.target = start < 0 ? '/' : request.url.slice(start);
    this.address = address;
  }

  header(name: string): string | undefined {
    if (name === 'host') return this.#request.headers.get('host') ?? new URL(this.#request.url).host;
    // A `Request` does not show how its body was framed.
    if (name === 'transfer-encoding') return this.#request.body === null ? undefined : 'chunked';
    return this.#request.headers.get(name) ?? undefined;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  onDisconnect(listener: () => void): void {
    const { signal } = this;
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  }

  chunks(): AsyncIterator<Uint8Array, void> {
    const reader = this.#request.body?.getReader();
    return this.#rates.watched({
      async next() {
        const read = await reader?.read().catch((cause: unknown) => {
          throw clientDisconnected(cause);
        });
        return read === undefined || read.done ? { done: true, value: undefined } : { done: false, value: read.value };
      },
      async return() {
        await reader?.cancel().catch(() => {});
        return { done: true, value: undefined };
      },
    });
  }

  async body(limit: number): Promise<Uint8Array | undefined> {
    if (this.#request.body === null) return new Uint8Array(0);
    const coming = this.chunks();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await coming.next();
      if (done === true) return joined(chunks, size);
      size += value.length;
      if (size > limit) {
        await coming.return?.();
        return undefined;
      }
      chunks.push(value);
    }
  }
}

/** Joins chunks into one. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function responseOf(
  { status, headers, body, stream, close }: EdgeReply,
  { clock }: RequestRouter,
  { signal }: Request,
): Response {
  const all = new Headers();
  for (let index = 0; index < headers.length; index += 2) all.append(headers[index]!, headers[index + 1]!);
  if (close === true) all.set('connection', 'close');
  const content = stream === undefined ? (body ?? null) : readable(stream, clock, signal);
  return new Response(content as BodyInit | null, { status, headers: all });
}

/**
 * Returns the body as a stream that the client pulls chunk by chunk. A heartbeat is sent in place of a chunk that is late.
 *
 * @param signal aborts when the client disconnects: not every server cancels the body then
 */
function readable(stream: ReplyStream, clock: Clock, signal: AbortSignal): ReadableStream<Uint8Array> {
  const { chunks, heartbeat } = stream;
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<string | Uint8Array, void>> | undefined;
  let forget = () => {};
  return new ReadableStream(
    {
      start(controller) {
        forget = onAbort(signal, (reason) => {
          controller.error(clientDisconnected(reason));
          void chunks.return?.();
        });
      },
      async pull(controller) {
        next ??= chunks.next();
        let came: Awaited<typeof next> | undefined;
        try {
          came = heartbeat === undefined ? await next : await orQuiet(next, clock);
        } catch (error) {
          forget();
          throw error;
        }
        if (signal.aborted) return;
        if (came === undefined) return controller.enqueue(encoder.encode(heartbeatOf(stream)));
        next = undefined;
        if (came.done !== true)
          return controller.enqueue(typeof came.value === 'string' ? encoder.encode(came.value) : came.value);
        forget();
        controller.close();
      },
      async cancel() {
        forget();
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Waits for a chunk; returns `undefined` when it is late. */
function orQuiet<T>(next: Promise<T>, clock: Clock): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(undefined), heartbeatInterval, true);
    next.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}
