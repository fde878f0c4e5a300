import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';
import type { Args, NamedStream, Reactive, ServiceClass, StreamItem } from '../types.js';
import { followStream, openStream, type StreamState, type UseStreamOptions } from './stream-state.js';

/** Remaining parameters of `useStream`. `args` is required if the method has required parameters. */
export type StreamParameters<S, M> =
  [] extends Args<S, M>
    ? [args?: Reactive<Args<S, M>>, options?: UseStreamOptions<StreamItem<S, M>>]
    : [args: Reactive<Args<S, M>>, options?: UseStreamOptions<StreamItem<S, M>>];

/**
 * Subscribes to a stream of a service. It ends with the component; new arguments, and another user, open it again. The hook takes each item
 * before it requests the next: a slow page slows the server down. Nothing is streamed while a server renders a page.
 *
 * ```tsx
 * const { data: price } = useStream(MarketService, 'prices', () => [symbol()]);
 * ```
 *
 * @param args arguments, or a function that returns them and is tracked; while it returns nothing, nothing is streamed
 */
export function useStream<S extends object, M extends string>(
  service: ServiceClass<S>,
  method: NamedStream<S, M>,
  ...[args, options = {}]: StreamParameters<S, M>
): StreamState<StreamItem<S, M>> {
  const client = inject(NetronClient);
  return followStream(client, service, method, args, openStream(client, service, method), options);
}
