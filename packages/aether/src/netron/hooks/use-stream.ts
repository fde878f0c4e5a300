import { inject } from '../../di/inject.js';
import { batch, untrack } from '../../reactive/batch.js';
import { effect } from '../../reactive/effect.js';
import { toError } from '../../reactive/error.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { isOverridden } from '../base/netron-service.js';
import { NetronClient, stream } from '../client.js';
import { getServiceName } from '../metadata.js';
import { type OpenStream, openStreams } from '../open-streams.js';
import type { Args, Reactive, ServiceClass, StreamItem, StreamMethod } from '../types.js';

/** State of a stream: no arguments yet, no item yet, open, ended by the server or by `close`, or failed. */
export type StreamStatus = 'idle' | 'connecting' | 'open' | 'ended' | 'failed';

/** Options of `useStream`. */
export interface UseStreamOptions<T> {
  /** Items that `items` keeps. Default 100; 0 keeps none. */
  readonly buffer?: number;
  /** Called with each item, in one batch with the change of the signals. */
  onItem?(item: T): void;
}

/** A stream, in signals. */
export interface StreamState<T> {
  /** Newest item. */
  readonly data: Signal<T | undefined>;
  /** Newest items, the oldest first. */
  readonly items: Signal<readonly T[]>;
  readonly status: Signal<StreamStatus>;
  readonly error: Signal<Error | undefined>;
  /** Ends the stream, down to the method on the server. */
  close(): void;
  /** Begins anew, from nothing, with the same arguments. */
  restart(): void;
}

/** The rest of the parameters of `useStream`: arguments are needed when the method needs any. */
export type StreamParameters<S, M extends keyof S> =
  [] extends Args<S, M>
    ? [args?: Reactive<Args<S, M>>, options?: UseStreamOptions<StreamItem<S, M>>]
    : [args: Reactive<Args<S, M>>, options?: UseStreamOptions<StreamItem<S, M>>];

/**
 * Follows a stream of a service. It ends with the component, and begins anew with other arguments. Each item is taken before
 * the next is asked for: a page that is slow slows the server down. Nothing is streamed while a page is rendered on a server.
 *
 * ```tsx
 * const { data: price } = useStream(MarketService, 'prices', () => [symbol()]);
 * ```
 *
 * @param args arguments, or a function that gives them and is followed; while it gives nothing, nothing is streamed
 */
export function useStream<S extends object, M extends StreamMethod<S>>(
  service: ServiceClass<S>,
  method: M,
  ...[args, options = {}]: StreamParameters<S, M>
): StreamState<StreamItem<S, M>> {
  type T = StreamItem<S, M>;
  const client = inject(NetronClient);
  const { buffer = 100 } = options;
  const data = signal<T | undefined>(undefined);
  const items = signal<readonly T[]>([]);
  const status = signal<StreamStatus>('idle');
  const error = signal<Error | undefined>(undefined);
  const turn = signal(0);
  let end = (_status: StreamStatus) => {};

  const run = async (shown: OpenStream, aborted: AbortSignal, write: (change: () => void) => void) => {
    try {
      const source = (await open(client, service, method, shown.args, aborted)) as AsyncIterable<T>;
      const iterator = source[Symbol.asyncIterator]();
      const leave = () => void Promise.resolve(iterator.return?.()).catch(() => {});
      if (aborted.aborted) return leave();
      aborted.addEventListener('abort', leave, { once: true });
      write(() => status.set('open'));
      for (;;) {
        const { done, value } = await iterator.next();
        if (done || aborted.aborted) break;
        shown.received++;
        write(() => {
          data.set(value);
          if (buffer > 0) items.set([...items.peek().slice(1 - buffer || items.peek().length), value]);
          options.onItem?.(value);
        });
      }
      write(() => status.set('ended'));
    } catch (thrown) {
      write(() => {
        error.set(toError(thrown));
        status.set('failed');
      });
    }
  };

  effect(() => {
    turn();
    const given = typeof args === 'function' ? args() : (args ?? []);
    const controller = new AbortController();
    const write = (change: () => void) => {
      if (!controller.signal.aborted) batch(change);
    };
    end = (reached) => {
      write(() => status.set(reached));
      controller.abort();
    };
    untrack(() =>
      write(() => {
        data.set(undefined);
        items.set([]);
        error.set(undefined);
        status.set(given ? 'connecting' : 'idle');
      }),
    );
    if (!given) return () => controller.abort();
    const name = `${getServiceName(service)}.${method}`;
    const shown: OpenStream = { name, args: given as Args<S, M>, received: 0, state: { data, status, error } };
    const streams = openStreams(client).add(shown);
    void run(shown, controller.signal, write);
    return () => {
      streams.delete(shown);
      controller.abort();
    };
  });

  return { data, items, status, error, close: () => end('ended'), restart: () => turn.update((count) => count + 1) };
}

/** Calls the method: the one the class has written, else the one of the backend. */
function open(
  client: NetronClient,
  service: ServiceClass<object>,
  method: string,
  args: readonly unknown[],
  signal: AbortSignal,
): unknown {
  if (isOverridden((service as unknown as { prototype: object }).prototype, method)) {
    return (client.service(service) as Record<string, (...given: readonly unknown[]) => unknown>)[method]?.(...args);
  }
  const { peer, name } = client.locate(service);
  return stream(peer, name, method, args, signal);
}
