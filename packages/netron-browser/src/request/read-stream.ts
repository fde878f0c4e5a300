/** Streams in responses: reads a body of lines and yields its items as fast as they are requested. */
import { type Clock, type ErrorCodec, NetronError, readJson, readProblem } from '@omnitron-dev/netron/http/client';

/** Most characters of a line, which is one item. */
const longestLine = 64 * 1024 * 1024;

/** Milliseconds of silence after which the server sends a heartbeat. */
const beat = 15_000;
/** Number of heartbeats that may be missing. */
const missing = 3;

/** The part of a body's reader that is used. */
export type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;

/**
 * Makes reads fail with `unavailable` and cancels the body when heartbeats are missing. The time for which a page is frozen counts as at
 * most one of them.
 */
export function alive(reader: Reader, clock: Clock, what: string): Reader {
  return {
    cancel: (reason) => reader.cancel(reason),
    read() {
      let left = missing;
      let timer: unknown;
      const silent = new Promise<never>((_, reject) => {
        const tick = () => {
          timer = clock.setTimeout(
            () =>
              --left > 0 ? tick() : reject(new NetronError('unavailable', `${what}: nothing received for ${missing * beat} ms`)),
            beat,
            true,
          );
        };
        tick();
      });
      return Promise.race([reader.read(), silent]).finally(() => clock.clearTimeout(timer));
    },
  };
}

/** Returns an iterable of a body in which each line is an item, and the last line tells whether the stream has ended or failed. */
export function readStream(reader: Reader, errors: ErrorCodec, what: string): AsyncGenerator<unknown, void, undefined> {
  const state = { left: false };
  const items = itemsOf(reader, errors, what, state);
  const leave = () => {
    state.left = true;
    // Ends a read in progress.
    return reader.cancel().catch(() => {});
  };
  return {
    next: () => items.next(),
    async return() {
      await leave();
      return items.return();
    },
    async throw(error) {
      await leave();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await leave();
    },
  };
}

/** Returns the same items as a web stream, for methods that return one. */
export function webStream(items: AsyncGenerator<unknown, void, undefined>): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await items.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await items.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* itemsOf(
  reader: Reader,
  errors: ErrorCodec,
  what: string,
  state: { readonly left: boolean },
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw brokeOff(what, cause);
      });
      if (state.left) return;
      if (done) throw brokeOff(what, undefined);
      const known = rest.length;
      rest += decoder.decode(value, { stream: true });
      let start = 0;
      // The part already searched contains no newline.
      for (let at = rest.indexOf('\n', known); at >= 0; at = rest.indexOf('\n', start)) {
        const line = rest.slice(start, at);
        start = at + 1;
        // An empty line is a heartbeat.
        if (line === '') continue;
        const item = readLine(line, errors, what);
        if (item === undefined) return;
        yield item.value;
      }
      rest = rest.slice(start);
      if (rest.length > longestLine)
        throw new NetronError('resource_exhausted', `${what}: an item exceeds ${longestLine} characters`);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Parses an item; returns `undefined` for the end. */
function readLine(line: string, errors: ErrorCodec, what: string): { readonly value: unknown } | undefined {
  if (line.startsWith('{"end"')) return undefined;
  if (line.startsWith('{"error":')) throw readProblem(line.slice('{"error":'.length, -1), 500, errors).error;
  try {
    return { value: readJson(line, { rich: true, errors }) };
  } catch (cause) {
    throw new NetronError('data_loss', `${what}: cannot read an item`, { cause });
  }
}

function brokeOff(what: string, cause: unknown): NetronError {
  if (cause instanceof NetronError && cause.code === 'unavailable') return cause;
  return new NetronError('unavailable', `${what}: the stream was interrupted`, cause === undefined ? {} : { cause });
}
