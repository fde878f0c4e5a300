import { inject } from '../../di/inject.js';
import { NetronClient } from '../client.js';
import type { Args, NamedStream, Reactive, ServiceClass, StreamItem } from '../types.js';
import { followStream, openStream, type StreamState, streamName, type UseStreamOptions } from './stream-state.js';

/** The rest of the parameters of `useStream`: arguments are needed when the method needs any. */
export type StreamParameters<S, M> =
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
export function useStream<S extends object, M extends string>(
  service: ServiceClass<S>,
  method: NamedStream<S, M>,
  ...[args, options = {}]: StreamParameters<S, M>
): StreamState<StreamItem<S, M>> {
  const client = inject(NetronClient);
  return followStream(client, streamName(service, method), args, openStream(client, service, method), options);
}
