/**
 * Writable streams passed by reference: the other end receives a service that writes to the stream, and presents it to its program as a
 * writable stream again.
 */
/** Name of the service that represents a writable stream. Part of the protocol. */
export const writableName = 'netron.writable';

/** Most writes in flight; beyond it, the consumer's backpressure applies. */
const maxWrites = 16;

/** Whether a value is a web writable stream. */
export function isWritable(value: object): value is WritableStream<unknown> {
  return typeof WritableStream === 'function' && value instanceof WritableStream;
}

/** Proxy of the service that represents a writable stream. */
export interface RemoteWritable extends Disposable {
  write(chunk: unknown): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

/** Returns a writable stream for the program; its writes fail with the errors of the remote stream. */
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
      if (underWay.size >= maxWrites) await Promise.race(underWay);
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
