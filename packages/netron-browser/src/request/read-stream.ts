/** Streams in responses: receives a body of lines, gives its items one by one, as fast as they are asked for. */
import { type ErrorCodec, NetronError, readJson, readProblem } from '@omnitron-dev/netron/http/client';

/** Characters of the longest line: one item. */
const longestLine = 64 * 1024 * 1024;

/**
 * Makes an iterable of a body in which each line is an item, and the last one says whether the stream has ended or failed.
 */
export function readStream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  errors: ErrorCodec,
  what: string,
): AsyncGenerator<unknown, void, undefined> {
  const state = { left: false };
  const items = itemsOf(reader, errors, what, state);
  const leave = () => {
    state.left = true;
    // A read that is under way ends now.
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

/** The same items as a web stream, for methods that give one. */
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
  reader: ReadableStreamDefaultReader<Uint8Array>,
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
      // What was looked at before has no end of a line.
      for (let at = rest.indexOf('\n', known); at >= 0; at = rest.indexOf('\n', start)) {
        const line = rest.slice(start, at);
        start = at + 1;
        // Nothing but a sign of life.
        if (line === '') continue;
        const item = readLine(line, errors, what);
        if (item === undefined) return;
        yield item.value;
      }
      rest = rest.slice(start);
      if (rest.length > longestLine)
        throw new NetronError('resource_exhausted', `${what}: an item of more than ${longestLine} characters`);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** An item, or `undefined` for the end. */
function readLine(line: string, errors: ErrorCodec, what: string): { readonly value: unknown } | undefined {
  if (line.startsWith('{"end"')) return undefined;
  if (line.startsWith('{"error":')) throw readProblem(line.slice('{"error":'.length, -1), 500, errors).error;
  try {
    return { value: readJson(line, { rich: true, errors }) };
  } catch (cause) {
    throw new NetronError('data_loss', `${what}: an item cannot be read`, { cause });
  }
}

function brokeOff(what: string, cause: unknown): NetronError {
  return new NetronError('unavailable', `${what}: the stream broke off`, cause === undefined ? {} : { cause });
}
