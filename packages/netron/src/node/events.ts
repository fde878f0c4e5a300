/** Events of a node: their types and the emitter. */
import type { Call } from '../middleware/call.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { CallListener } from '../service/call/observer.js';
import { Emitter, type ListenerFailed } from '../util/emitter.js';
import type { Logger } from '../util/logger.js';
import { thrownText } from '../util/thrown.js';

/** A service that a peer has announced. */
export interface DiscoveredService {
  readonly name: string;
  readonly version: string;
  readonly peerId: string;
}

/** A call that this node answers, as listeners of `rpc:start` receive it. Properties of the object that a listener returns are added to it. */
export interface RpcContext {
  readonly service: string;
  readonly version: string;
  readonly method: string;
  readonly peerId: string;
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own `rpc:start` listener returned
  [fact: string]: any;
}

/** Events of a node. */
export interface NetronEventMap {
  'peer:connected': RemotePeer;
  /** The peer's id. */
  'peer:disconnected': string;
  'service:discovered': DiscoveredService;
  'service:exposed': string;
  'service:concealed': string;
  /** The node is being drained or stopped. */
  draining: undefined;
  'rpc:start': RpcContext;
  'rpc:end': { context: RpcContext; error: unknown };
}

/** Returns the function that logs errors of event handlers for which no caller waits. */
export function handlerFailed(logger: Logger): (error: unknown, event: string) => void {
  return (error, event) => logger.error({ event, error: thrownText(error) }, 'an event handler failed');
}

/** The emitter of a node's events, which is also the listener that the dispatcher notifies of calls. */
export class NetronEvents extends Emitter<NetronEventMap> implements CallListener {
  /** `on`, bound, so that it works without its object. A listener of `rpc:start` may return facts for `rpc:end`. */
  override readonly on: Emitter<NetronEventMap>['on'];
  override readonly once: Emitter<NetronEventMap>['once'];
  override readonly off: Emitter<NetronEventMap>['off'];
  readonly #merging = new WeakMap<object, (context: RpcContext) => unknown>();

  constructor(failed: ListenerFailed) {
    super(failed);
    type AnyOn = (event: string, listener: (...given: unknown[]) => unknown) => () => void;
    const wrap = (event: string, listener: (...given: unknown[]) => unknown): typeof listener => {
      if (event !== 'rpc:start') return listener;
      const merging =
        this.#merging.get(listener) ??
        ((context: RpcContext): unknown => {
          const facts = listener(context);
          if (typeof facts === 'object' && facts !== null) Object.assign(context, facts);
          return facts;
        });
      this.#merging.set(listener, merging);
      return merging as typeof listener;
    };
    const on = super.on.bind(this) as AnyOn;
    const once = super.once.bind(this) as AnyOn;
    const off = super.off.bind(this) as (event: string, listener: unknown) => void;
    this.on = ((event: string, listener: never) => on(event, wrap(event, listener))) as Emitter<NetronEventMap>['on'];
    this.once = ((event: string, listener: never) => once(event, wrap(event, listener))) as Emitter<NetronEventMap>['once'];
    this.off = ((event: string, listener: object) =>
      off(event, (event === 'rpc:start' && this.#merging.get(listener)) || listener)) as Emitter<NetronEventMap>['off'];
  }

  get active(): boolean {
    return this.observed('rpc:start') || this.observed('rpc:end');
  }

  start(call: Call): RpcContext {
    const context: RpcContext = { service: call.service, version: call.version, method: call.method, peerId: call.peer.id };
    this.emit('rpc:start', context);
    return context;
  }

  end(context: object, error: unknown): void {
    this.emit('rpc:end', { context: context as RpcContext, error });
  }
}
