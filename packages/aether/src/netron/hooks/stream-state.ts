/** A stream of a service as signals: opened, read, and ended with its owner. */
import { onlyOptions } from '@omnitron-dev/netron-browser';
import { batch, untrack } from '../../reactive/batch.js';
import { inert, reaction } from '../../reactive/effect.js';
import { toError } from '../../reactive/error.js';
import { activeScope, errorHandler } from '../../reactive/owner.js';
import { type Signal, signal } from '../../reactive/signal.js';
import { isOverridden } from '../base/netron-service.js';
import { type NetronClient, stream } from '../client.js';
import { getServiceName } from '../metadata.js';
import { type OpenStream, openStreams } from '../open-streams.js';
import { streamOf } from '../stream-of.js';
import type { Reactive, ServiceClass } from '../types.js';

/** State of a stream: no arguments yet, no item yet, open, ended by the server or by `close`, or failed. */
export type StreamStatus = 'idle' | 'connecting' | 'open' | 'ended' | 'failed';

/** Options of `useStream` and `useDuplex`. */
export interface UseStreamOptions<T> {
  /** Items that `items` keeps. Default 100; 0 keeps none. */
  readonly buffer?: number;
  /** Called with each item, in one batch with the update of the signals. Its errors go to the nearest `ErrorBoundary`. */
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
  /** Ends the stream, and with it the method on the server. */
  close(): void;
  /** Opens the stream again with the same arguments; `data` and `items` start empty. */
  restart(): void;
}

/** Opens a stream with arguments; the signal aborts when the stream has ended or is no longer needed. */
export type OpenWith = (args: readonly unknown[], signal: AbortSignal) => unknown;

/**
 * Subscribes to a stream until the current owner is disposed, and opens it again when the arguments or the user change. While a server renders
 * a page, the state follows in the same way, and nothing is opened.
 *
 * @param more has a property for each further option of the hook
 * @throws TypeError for unknown options
 */
export function followStream<T>(
  client: NetronClient,
  service: ServiceClass<object>,
  method: string,
  args: Reactive<readonly unknown[]> | undefined,
  open: OpenWith,
  options: UseStreamOptions<T>,
  more: object = {},
): StreamState<T> {
  const name = `${getServiceName(service)}.${method}`;
  onlyOptions(name, options, { buffer: true, onItem: true, ...more });
  const { buffer = 100 } = options;
  const data = signal<T | undefined>(undefined);
  const items = signal<readonly T[]>([]);
  const status = signal<StreamStatus>('idle');
  const error = signal<Error | undefined>(undefined);
  const turn = signal(0);
  const restart = () => turn.update((count) => count + 1);
  const handle = errorHandler();
  const onServer = activeScope()?.context?.[inert] === true;
  let end = (_status: StreamStatus) => {};

  const run = async (shown: OpenStream, controller: AbortController, write: (change: () => void) => void) => {
    const { signal: aborted } = controller;
    try {
      const source = streamOf<T>(await open(shown.args, aborted), name);
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
          try {
            options.onItem?.(value);
          } catch (thrown) {
            handle(thrown);
          }
        });
      }
      write(() => status.set('ended'));
    } catch (thrown) {
      write(() => {
        error.set(toError(thrown));
        status.set('failed');
      });
    }
    controller.abort();
  };

  // Not effects: a server writes the status with which a page starts, also where the arguments are data that it waits for.
  reaction(() => client.locate(service).peer.onUserChange(restart));
  reaction(() => {
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
    if (!given || onServer) return () => controller.abort();
    const shown: OpenStream = { name, args: given, received: 0, state: { data, status, error } };
    const streams = openStreams(client).add(shown);
    void untrack(() => run(shown, controller, write));
    return () => {
      streams.delete(shown);
      controller.abort();
    };
  });

  return { data, items, status, error, close: () => end('ended'), restart };
}

/** Calls the method: the implementation of the class, or else the method of the backend. */
export function openStream(client: NetronClient, service: ServiceClass<object>, method: string): OpenWith {
  return (args, signal) => {
    if (isOverridden((service as unknown as { prototype: object }).prototype, method)) {
      return (client.service(service) as Record<string, (...given: readonly unknown[]) => unknown>)[method]?.(...args);
    }
    const { peer, name } = client.locate(service);
    return stream(peer, name, method, args, signal);
  };
}
