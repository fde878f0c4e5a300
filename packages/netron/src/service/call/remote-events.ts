import type { EventName, serviceEvents } from '../emitter.js';

/** Ends a subscription. */
export type Unsubscribe = () => Promise<void>;

/**
 * Events of a remote service. Part of `Remote<T>` when `T` extends `ServiceBase` or this interface.
 */
export interface RemoteEvents<Events> {
  readonly [serviceEvents]?: Events;

  /**
   * Calls `listener` with the data of every `event` that the service emits.
   *
   * @returns resolves, with a function that unsubscribes, when the service's node has accepted the subscription
   */
  on<Name extends EventName<Events>>(event: Name, listener: (data: Events[Name], event: Name) => void): Promise<Unsubscribe>;
}
