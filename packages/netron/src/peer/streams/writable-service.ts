/** The service that represents a writable stream of this end. Clients that are never called do not include it. */
import { defineService } from '../../service/declare/define-service.js';
import { writableName } from './writable.js';

const services = new WeakMap<object, object>();

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
