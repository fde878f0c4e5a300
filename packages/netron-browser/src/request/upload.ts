/**
 * Calls whose arguments are files or streams: sends a line of arguments followed by the bytes, without buffering them. Loaded with the
 * first such call.
 */
import { type Clock, type ErrorCodec, mediaTypes, NetronError, onAbort, writeJson } from '@omnitron-dev/netron/http/client';
import { isBytes } from '../util/bytes.js';
import { checkResponse } from './failure.js';
import type { Fetch } from './outgoing-call.js';
import { sendResumably } from './resume.js';

/** Number of bytes sent so far, and the total when it is known. */
export interface UploadProgress {
  readonly sent: number;
  readonly total: number | undefined;
}

/** One request with a body of its own. */
export interface UploadRequest {
  readonly args: readonly unknown[];
  /** Address of the node's calls. */
  readonly base: string;
  readonly clock: Clock;
  readonly errors: ErrorCodec;
  /** Whether the answer is streamed. */
  readonly streamed: boolean;
  /** `undefined` means the `fetch` of the runtime. */
  readonly fetch: Fetch | undefined;
  readonly progress: ((progress: UploadProgress) => void) | undefined;
}

/**
 * Encodes a request with files or streams among its arguments, and returns the function that sends it. A request with files only is
 * resumed after a lost connection.
 *
 * @throws TypeError or NetronError, naming the argument, when one cannot be encoded
 */
export function prepareUpload(url: string, init: RequestInit, request: UploadRequest): () => Promise<Response> {
  const layout = layOut(request.args, request.errors);
  return () => sendLaidOut(url, init, request, layout);
}

async function sendLaidOut(
  url: string,
  init: RequestInit,
  request: UploadRequest,
  { head, parts, total }: Layout,
): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string>), 'content-type': mediaTypes.upload };
  const { fetch: given, progress } = request;
  const ask: Fetch = given ?? ((target, options) => fetch(target, options));
  const send: Fetch = async (target, options) => checkResponse(await ask(target, options), 'upload');
  if (total !== undefined) {
    const body = new Blob([head as BlobPart, ...(parts as Blob[])]);
    let reported = -1;
    const tell = (sent: number) => {
      const own = Math.max(0, sent - head.length);
      // Bytes that are sent again do not count as progress.
      if (own > reported) progress?.({ sent: own, total });
      reported = Math.max(reported, own);
    };
    // Only XMLHttpRequest reports upload progress in pages.
    const byXhr = given === undefined && typeof XMLHttpRequest === 'function';
    const deliver = (target: string, options: RequestInit, rest: Blob) => {
      if (progress === undefined) return send(target, { ...options, body: rest });
      const from = body.size - rest.size;
      if (byXhr) return sendByXhr(target, options, rest, (sent) => tell(from + sent));
      const counted = streamOf(new Uint8Array(0), [rest], (sent) => tell(from + sent));
      return send(target, { ...options, body: counted, duplex: 'half' } as RequestInit);
    };
    return sendResumably(url, { ...init, headers }, { ...request, body, send, deliver });
  }
  const body = streamOf(head, parts, (sent) => progress?.({ sent, total }));
  return send(url, { ...init, headers, body, duplex: 'half' } as RequestInit).catch((cause: unknown) => {
    const own = NetronError.is(cause, 'data_loss');
    if (init.signal?.aborted === true || typeof document === 'undefined' || own) throw cause;
    const why = 'a page can send a stream of unknown length over HTTP/2 only: pass a Blob, or use duplex()';
    throw new NetronError('unavailable', why, { cause });
  });
}

/** The body of a request: a line with the arguments, then the bytes of files and streams. */
interface Layout {
  readonly head: Uint8Array;
  readonly parts: readonly (Blob | ReadableStream<Uint8Array>)[];
  /** Bytes of the parts; `undefined` when a stream is among them. */
  readonly total: number | undefined;
}

function layOut(args: readonly unknown[], errors: ErrorCodec): Layout {
  const parts: (Blob | ReadableStream<Uint8Array>)[] = [];
  const places: object[] = [];
  const plain = args.map((value, at) => {
    if (!isBytes(value)) return value;
    if (parts.length > 0 && parts.at(-1) instanceof ReadableStream) {
      throw new TypeError(`argument [${at}]: no file or stream can follow a stream, whose length is unknown`);
    }
    parts.push(value);
    places.push(value instanceof Blob ? { at, blob: factsOf(value) } : { at });
    return null;
  });
  const head = writeJson(plain, { rich: true, errors }, 'argument');
  const total = parts.every((part) => part instanceof Blob)
    ? parts.reduce((sum, part) => sum + (part as Blob).size, 0)
    : undefined;
  return { head: new TextEncoder().encode(`${head.slice(0, -1)},"parts":${JSON.stringify(places)}}\n`), parts, total };
}

function factsOf(blob: Blob): object {
  const { size, type } = blob;
  const { name, lastModified } = blob as Partial<File>;
  return { size, type, ...(name !== undefined && { name }), ...(lastModified !== undefined && { lastModified }) };
}

/** Returns the whole body as a stream that is read as fast as it is sent. */
function streamOf(
  head: Uint8Array,
  parts: readonly (Blob | ReadableStream<Uint8Array>)[],
  tell: (sent: number) => void,
): ReadableStream<Uint8Array> {
  let sent = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield head;
    for (const part of parts) {
      const stream: ReadableStream<Uint8Array> = part instanceof Blob ? part.stream() : part;
      const reader = stream.getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          if (!(value instanceof Uint8Array)) throw new TypeError('a stream argument over HTTP must yield bytes (Uint8Array)');
          yield value;
          sent += value.length;
          tell(sent);
        }
      } finally {
        await reader.cancel().catch(() => {});
      }
    }
  }
  const source = bytes();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await source.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Sends a request like `fetch`, by XMLHttpRequest, which reports how much was sent. */
function sendByXhr(url: string, init: RequestInit, body: Blob, tell: (sent: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (init.signal?.aborted === true) return reject(init.signal.reason);
    const request = new XMLHttpRequest();
    request.open(init.method ?? 'POST', url);
    request.responseType = 'blob';
    request.withCredentials = init.credentials === 'include';
    for (const [name, value] of Object.entries(init.headers as Record<string, string>)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = () => {
      tell(body.size);
      // Empty when the page may not read any header.
      const lines = request.getAllResponseHeaders().split('\r\n').filter(Boolean);
      const headers = lines.map((line): [string, string] => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1).trim()];
      });
      const empty = [204, 205, 304].includes(request.status);
      resolve(new Response(empty ? null : (request.response as Blob), { status: request.status, headers }));
    };
    request.onerror = () => reject(new TypeError('the request failed'));
    request.onabort = () => reject(init.signal?.reason);
    const leave = init.signal ? onAbort(init.signal, () => request.abort()) : () => {};
    request.onloadend = () => leave();
    request.send(body);
  });
}
