/**
 * Resumable uploads: after a lost connection, asks the server how many bytes it has and sends the rest. A lost answer is requested again.
 */
import { type Clock, mediaTypes, NetronError, onAbort, random } from '@omnitron-dev/netron/http/client';
import { orAborted, TimeLimit } from '../util/limit.js';
import type { Fetch } from './outgoing-call.js';
import { undeclared } from './stream-reader.js';

/** One body to be sent. */
export interface ResumableBody {
  readonly base: string;
  readonly clock: Clock;
  readonly body: Blob;
  readonly streamed: boolean;
  readonly send: Fetch;
  /** Sends a request with the rest of the body. */
  deliver(url: string, init: RequestInit, rest: Blob): Promise<Response>;
}

/** Milliseconds without progress after which the upload is given up; servers wait as long. */
const longest = 60_000;
/** Milliseconds for the answer to how much the server has. */
const longestAnswer = 15_000;
const firstDelay = 200;
const longestDelay = 5_000;

/** Sends a request, over as many connections as it takes. When the server does not know the upload, fails like the first request. */
export async function sendResumably(url: string, init: RequestInit, upload: ResumableBody): Promise<Response> {
  const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const about = `${upload.base}/$upload/${name}`;
  const headers = init.headers as Record<string, string>;
  const { 'content-type': _, 'idempotency-key': __, ...along } = headers;
  // Without this, the method would keep waiting for a client that does not return.
  const giveUp = () => void upload.send(about, { ...init, method: 'DELETE', headers: along, signal: null }).catch(() => {});
  const leave = init.signal ? onAbort(init.signal, giveUp) : () => {};
  try {
    return await goOn(
      url,
      { ...init, headers: { ...headers, 'netron-upload': name } },
      about,
      { ...init, headers: along },
      upload,
    );
  } finally {
    leave();
  }
}

/**
 * Sends the body, and after each lost connection the rest of it.
 *
 * @param about address of the upload
 * @param later options of the requests to that address
 */
async function goOn(
  url: string,
  first: RequestInit,
  about: string,
  later: RequestInit & { readonly headers: Record<string, string> },
  { body, clock, streamed, send, deliver }: ResumableBody,
): Promise<Response> {
  const { signal } = first;
  const rest = (from: number) => ({
    ...later,
    method: 'PATCH',
    headers: {
      ...later.headers,
      'content-type': mediaTypes.partialUpload,
      'upload-offset': String(from),
      'upload-complete': '?1',
    },
  });
  let from = 0;
  let progressed = clock.now();
  for (let failures = 0; ; failures++) {
    let failure: { readonly error: unknown } | { readonly response: Response };
    try {
      const response = await (failures === 0 ? deliver(url, first, body) : deliver(about, rest(from), body.slice(from)));
      const whole = streamed || undeclared(response) !== undefined ? response : await read(response);
      if (!isBroken(whole)) return whole;
      failure = { response: whole };
    } catch (error) {
      // Not a lost connection, but an error of the program.
      if (signal?.aborted === true || NetronError.is(error, 'data_loss')) throw error;
      failure = { error };
    }
    let unknown = 0;
    for (let delays = 0; ; delays++) {
      await pause(clock, Math.min(longestDelay, firstDelay * 2 ** delays), signal);
      const asked = await ask(about, { ...later, method: 'HEAD' }, send, clock);
      // The question may have arrived before the data that was sent earlier.
      if (asked === 'unknown' && ++unknown > 1) return fail(failure);
      if (typeof asked === 'number' && asked > from) progressed = clock.now();
      if (signal?.aborted === true || clock.now() - progressed >= longest) return fail(failure);
      if (typeof asked !== 'number') continue;
      from = asked;
      break;
    }
  }
}

function fail(failure: { readonly error: unknown } | { readonly response: Response }): Response {
  if ('response' in failure) return failure.response;
  throw failure.error;
}

/** Returns how many bytes the server has; `undefined` when there was no answer. */
async function ask(url: string, init: RequestInit, send: Fetch, clock: Clock): Promise<number | 'unknown' | undefined> {
  const limit = new TimeLimit(clock, longestAnswer, init.signal ?? undefined, url);
  const signal = limit.start()!;
  try {
    const { status, headers } = await orAborted(send(url, { ...init, signal }), signal);
    const offset = headers.get('upload-offset');
    if (offset !== null && /^\d{1,15}$/.test(offset)) return Number(offset);
    return status === 502 || status === 503 || status === 504 ? undefined : 'unknown';
  } catch {
    return undefined;
  } finally {
    limit.end();
  }
}

/** Reads the whole body of an answer, so that a truncated one fails here. */
async function read(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.blob();
  return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
}

/** Whether the answer does not come from the call: the server, or a proxy in front of it, has lost the connection. */
function isBroken({ status, headers }: Response): boolean {
  if (status === 408) return true;
  if (status === 409) return headers.has('upload-offset');
  return (status === 502 || status === 504) && headers.get('content-type')?.startsWith(mediaTypes.problem) !== true;
}

/** Waits until the time is over or the signal is aborted. */
function pause(clock: Clock, ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    let leave = () => {};
    const timer = clock.setTimeout(
      () => {
        leave();
        resolve();
      },
      ms * (0.5 + random() / 2),
    );
    if (signal === null || signal === undefined) return;
    leave = onAbort(signal, () => {
      clock.clearTimeout(timer);
      resolve();
    });
  });
}
