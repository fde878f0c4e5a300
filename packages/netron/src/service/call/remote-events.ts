import type { EventName, serviceEvents } from '../emitter.js';

/** Takes a subscription off again. */
export type Unsubscribe = () => Promise<void>;

/**
 * Events of a service on the other side. Part of `Remote<T>` when `T` extends `ServiceBase` or this interface.
 */
export interface RemoteEvents<Events> {
  readonly [serviceEvents]?: Events;

  /**
   * Calls `listener` with the data of every `event` that the service emits.
   *
   * @returns resolves when the service's node has taken the subscription
   */
  on<Name extends EventName<Events>>(event: Name, listener: (data: Events[Name], event: Name) => void): Promise<Unsubscribe>;
}
