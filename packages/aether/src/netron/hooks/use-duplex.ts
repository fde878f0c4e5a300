import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';
import type { GivenArgs, NamedDuplex, Reactive, SentItem, ServiceClass, StreamItem } from '../types.js';
import { Outbox } from './outbox.js';
import { followStream, openStream, type StreamState, type UseStreamOptions } from './stream-state.js';

/** Options of `useDuplex`. */
export interface UseDuplexOptions<T> extends UseStreamOptions<T> {
  /** Largest number of items that wait to be sent. Default 1,000. */
  readonly maxWaiting?: number;
}

/** A stream in both directions, in signals. */
export interface DuplexState<T, I> extends StreamState<T> {
  /**
   * Sends an item. Resolves when the connection has taken it, so that awaiting it applies backpressure. Items sent before
   * the stream is open wait until it is.
   *
   * @throws NetronError `resource_exhausted` when too many items wait, `failed_precondition` when nothing is open,
   *   `canceled` when the stream ends before the item is taken. A rejection that nobody awaits is not reported.
   */
  send(item: I): Promise<void>;
  /** Ends the sending side: the server's loop over it ends, and receiving continues. */
  finish(): void;
}

/** Remaining parameters of `useDuplex`. `args` is required if the method has parameters besides the stream. */
export type DuplexParameters<S, M> =
  [] extends GivenArgs<S, M>
    ? [args?: Reactive<GivenArgs<S, M>>, options?: UseDuplexOptions<StreamItem<S, M>>]
    : [args: Reactive<GivenArgs<S, M>>, options?: UseDuplexOptions<StreamItem<S, M>>];

/**
 * Opens a stream in both directions: a method whose last parameter is an `AsyncIterable` and which returns one. It uses a
 * WebSocket; the first such stream opens it and loads the code. The stream ends with the component; new arguments, and another
 * user, open it again.
 *
 * ```tsx
 * const { items, send } = useDuplex(ChatService, 'join', () => [room()]);
 * ```
 *
 * @param args all arguments but the last, or a function that returns them and is tracked; while it returns nothing, nothing is open
 */
export function useDuplex<S extends object, M extends string>(
  service: ServiceClass<S>,
  method: NamedDuplex<S, M>,
  ...[args, options = {}]: DuplexParameters<S, M>
): DuplexState<StreamItem<S, M>, SentItem<S, M>> {
  const { maxWaiting = 1_000 } = options;
  const client = inject(NetronClient);
  const open = openStream(client, service, method);
  let outbox: Outbox<SentItem<S, M>> | undefined;
  const state = followStream<StreamItem<S, M>>(
    client,
    service,
    method,
    args,
    (given, signal) => {
      const box = new Outbox<SentItem<S, M>>(maxWaiting);
      outbox = box;
      signal.addEventListener('abort', () => box.close(), { once: true });
      return open([...given, box], signal);
    },
    options,
    { maxWaiting: true },
  );
  return {
    ...state,
    send: (item) => (outbox ?? new Outbox(0).close()).send(item),
    finish: () => outbox?.finish(),
  };
}
