/** Events of a peer, for the program. */
import { NetronError } from '../errors/netron-error.js';
import { Emitter, type Listen, type Payload, type Unlisten } from '../util/emitter.js';
import type { Logger } from '../util/logger.js';
import { isError, thrownText } from '../util/thrown.js';
import type { PeerEvents } from './state.js';

type EventName = Extract<keyof PeerEvents, string>;

export abstract class ObservedPeer {
  /** Created with the first listener. */
  #events: Emitter<PeerEvents> | undefined;

  abstract get id(): string;
  /** @internal */
  abstract readonly node: { readonly logger: Logger };

  /** Calls `listener` for each event; returns a function that removes it. */
  get on(): Listen<PeerEvents> {
    return this.#emitter.on.bind(this.#emitter) as Listen<PeerEvents>;
  }

  /** Like `on`, for the next event only. */
  get once(): Listen<PeerEvents> {
    return this.#emitter.once.bind(this.#emitter) as Listen<PeerEvents>;
  }

  /** Removes one subscription of a listener, the latest; without one, does nothing. */
  get off(): Unlisten<PeerEvents> {
    return this.#emitter.off.bind(this.#emitter) as Unlisten<PeerEvents>;
  }

  /** @internal Notifies the listeners. */
  notify<Name extends EventName>(event: Name, ...data: Payload<PeerEvents[Name]>): void {
    this.#events?.emit(event, ...data);
  }

  /** @internal Reports a failure that no caller awaits. */
  reportError(error: unknown): void {
    const reported = isError(error) ? error : NetronError.from(error);
    this.node.logger.warn({ peer: this.id, error: thrownText(reported) }, 'unhandled error');
    this.#events?.emit('error', reported);
  }

  get #emitter(): Emitter<PeerEvents> {
    this.#events ??= new Emitter<PeerEvents>((error) => this.reportError(error));
    return this.#events;
  }
}
