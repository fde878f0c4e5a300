import type { MiddlewareContext } from '@omnitron-dev/netron-browser';
import type { NetronClient } from '../netron/client.js';
import { errorText, preview } from './preview.js';
import type { CallInfo } from './snapshot.js';

/** Number of recorded calls. */
const most = 200;

interface Recorded {
  readonly id: number;
  readonly backend: string;
  readonly name: string;
  readonly args: string;
  duration: number | undefined;
  error: string | undefined;
}

/** Records all requests to backends from now on, each attempt separately: the newest 200. */
export class Calls {
  readonly #calls: Recorded[] = [];
  #next = 1;
  #ended = false;

  constructor(client: NetronClient) {
    for (const backend of client.backends) {
      const record = (context: MiddlewareContext, next: () => Promise<void>) => this.#record(backend, context, next);
      // Outside of all other middleware, to include its time.
      client.backend(backend).use(record, { stage: 'PRE_REQUEST', priority: Number.NEGATIVE_INFINITY, passive: true });
    }
  }

  /** Returns the calls, the newest first. */
  list(values: boolean): CallInfo[] {
    return this.#calls.map(({ args, ...call }) => (values ? { ...call, args } : call)).reverse();
  }

  forget(): void {
    this.#calls.length = 0;
  }

  /** Stops recording; the middleware stays in place. */
  end(): void {
    this.#ended = true;
    this.forget();
  }

  async #record(backend: string, { service, method, args }: MiddlewareContext, next: () => Promise<void>): Promise<void> {
    // Without a service, the client only computes the headers of a request.
    if (this.#ended || service === '') return next();
    const name = `${service}.${method}`;
    const call: Recorded = { id: this.#next++, backend, name, args: preview(args), duration: undefined, error: undefined };
    this.#calls.push(call);
    if (this.#calls.length > most) this.#calls.shift();
    const begin = performance.now();
    try {
      await next();
    } catch (error) {
      call.error = errorText(error);
      throw error;
    } finally {
      call.duration = performance.now() - begin;
    }
  }
}
