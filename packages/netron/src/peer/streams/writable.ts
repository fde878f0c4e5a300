/**
 * Writable streams that stay where they are: what the other end of a connection is given for one is a service that writes to
 * it, and what it shows to its program is a writable stream again.
 */
import { defineService } from '../../service/declare/define-service.js';

/** Name of the service that stands for a writable stream. Part of the protocol. */
export const writableName = 'netron.writable';

/** Writes under way at a time: the consumer's backpressure holds beyond. */
const mostUnderWay = 16;

const services = new WeakMap<object, object>();

/** Whether a value is a writable stream of the web. */
export function isWritable(value: object): value is WritableStream<unknown> {
  return typeof WritableStream === 'function' && value instanceof WritableStream;
}

/** Returns the service that writes to `stream`, the same for each stream. The stream is locked from the first write on. */
export function writableService(stream: WritableStream<unknown>): object {
  const known = services.get(stream);
  if (known !== undefined) return known;
  let writer: WritableStreamDefaultWriter<unknown> | undefined;
  const locked = (): WritableStreamDefaultWriter<unknown> => {
    writer ??= stream.getWriter();
    return writer;
  };
  const service = defineService({
    name: `${writableName}@1.0.0`,
    methods: {
      async write(chunk: unknown): Promise<void> {
        const to = locked();
        await to.ready;
        await to.write(chunk);
      },
      close: async (): Promise<void> => locked().close(),
      abort: async (reason: unknown): Promise<void> => locked().abort(reason),
    },
  });
  services.set(stream, service);
  return service;
}

/** Proxy of the service that stands for a writable stream. */
export interface RemoteWritable extends Disposable {
  write(chunk: unknown): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

/** Returns a writable stream for the program; its writes fail as those of the stream itself do. */
export function presentWritable(remote: RemoteWritable): WritableStream<unknown> {
  const underWay = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failed !== undefined) throw failed.error;
  };
  const end = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } finally {
      remote[Symbol.dispose]();
    }
  };
  return new WritableStream<unknown>({
    async write(chunk) {
      check();
      const written: Promise<void> = remote.write(chunk).then(
        () => void underWay.delete(written),
        (error: unknown) => {
          underWay.delete(written);
          failed ??= { error };
        },
      );
      underWay.add(written);
      if (underWay.size >= mostUnderWay) await Promise.race(underWay);
      check();
    },
    close: () =>
      end(async () => {
        await Promise.all(underWay);
        check();
        await remote.close();
      }),
    abort: (reason) => end(() => remote.abort(reason)),
  });
}
