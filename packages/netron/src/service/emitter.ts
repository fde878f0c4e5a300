/** Events, node and connection of a service, as used by its own code and by the node that it is exposed on. */
import { NetronError } from '../errors/netron-error.js';

/** Receives the events that a service emits. */
export type ServiceEventListener = (event: string, data: unknown) => void;

/** Members of a node that its services use. */
export interface ServiceHost {
  /** The node. */
  readonly netron: unknown;
  /**
   * Returns the connection that the current call came over.
   *
   * @throws NetronError `failed_precondition` outside of a call
   */
  getConnection(): unknown;
  /** Whether the current call came through this node. Used when a service is exposed on several nodes. */
  serves?(): boolean;
  /** Called when the service is exposed on several nodes: from now on, contexts must follow asynchronous work in each call. */
  shared?(): void;
}

/** Arguments of `emit` after the event's name: optional where the data may be `undefined`. */
export type EventArgs<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/** Names of the events in a map. */
export type EventName<Events> = Extract<keyof Events, string>;

/** Key under which the type of a service carries its events, so that callers can subscribe by name. It does not exist on objects. */
export const serviceEvents: unique symbol = Symbol('netron.serviceEvents');

/** Members that `@Service` and `defineService` add to a service that lacks them. */
export interface ServiceMembers<Events, Host extends ServiceHost = ServiceHost> {
  /** Emits an event to all subscribers of `event`. Returns at once; failures of subscribers are not reported to the emitter. */
  emit<Name extends EventName<Events>>(event: Name, ...data: EventArgs<Events[Name]>): void;
  /** The node that the service is exposed on. */
  readonly netron: Host['netron'];
  /** Returns the connection that the current call came over. */
  getConnection(): ReturnType<Host['getConnection']>;
}

const listeners = new WeakMap<object, Set<ServiceEventListener>>();
/** The nodes of each service, the latest last. */
const hosts = new WeakMap<object, ServiceHost[]>();

/**
 * Base class for services that emit events or use their node. It is optional: `@Service` adds these members to every
 * class that lacks them, and this class declares their types.
 *
 * @example `class Files extends ServiceBase<{ 'upload:progress': Progress }> { … this.emit('upload:progress', progress) … }`
 */
export abstract class ServiceBase<Events extends object = Record<string, unknown>, Host extends ServiceHost = ServiceHost> {
  declare readonly [serviceEvents]?: Events;

  /** Emits an event to all subscribers of `event`. Returns at once; failures of subscribers are not reported to the emitter. */
  protected emit<Name extends EventName<Events>>(event: Name, ...[data]: EventArgs<Events[Name]>): void {
    emitServiceEvent(this, event, data);
  }

  /**
   * The node that the service is exposed on.
   *
   * @throws NetronError `failed_precondition` before it is exposed
   */
  protected get netron(): Host['netron'] {
    return hostOf(this).netron;
  }

  /**
   * Returns the connection that the current call came over.
   *
   * @throws NetronError `failed_precondition` outside of a call
   */
  protected getConnection(): ReturnType<Host['getConnection']> {
    return hostOf(this).getConnection() as ReturnType<Host['getConnection']>;
  }
}

/**
 * Calls `listener` synchronously with every event that `service` emits, in order.
 *
 * @returns a function that removes `listener`
 */
export function onServiceEvent(service: object, listener: ServiceEventListener): () => void {
  removeEmptyFields(service);
  let all = listeners.get(service);
  if (all === undefined) {
    all = new Set();
    listeners.set(service, all);
  }
  // A function of its own, so that a listener that was added twice is removed one at a time.
  const entry: ServiceEventListener = (event, data) => listener(event, data);
  all.add(entry);
  return () => {
    all.delete(entry);
  };
}

/**
 * Delivers an event to all listeners of `service`.
 *
 * @throws the error of the first listener that failed, after all have been called
 */
export function emitServiceEvent(service: object, event: string, data: unknown): void {
  const all = listeners.get(service);
  if (all === undefined) return;
  let failure: { readonly error: unknown } | undefined;
  for (const listener of all) {
    try {
      listener(event, data);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}

/**
 * Attaches a node to a service, for `this.netron` and `this.getConnection()`. Among several nodes, the one that the current call came
 * through is used; outside of calls, the latest.
 *
 * @returns a function that detaches it
 */
export function attachServiceHost(service: object, host: ServiceHost): () => void {
  removeEmptyFields(service);
  const all = [...(hosts.get(service) ?? []), host];
  hosts.set(service, all);
  if (all.length > 1) for (const each of all) each.shared?.();
  return () => {
    const left = hosts.get(service)?.filter((each) => each !== host) ?? [];
    if (left.length > 0) hosts.set(service, left);
    else hosts.delete(service);
  };
}

function hostOf(service: object): ServiceHost {
  const all = hosts.get(service) ?? [];
  const host = (all.length > 1 ? all.find((each) => each.serves?.() === true) : undefined) ?? all.at(-1);
  if (host === undefined) throw new NetronError('failed_precondition', 'the service is not exposed on a node');
  return host;
}

const provided = {
  emit: {
    value(this: object, event: string, data?: unknown): void {
      emitServiceEvent(this, event, data);
    },
    writable: true,
    configurable: true,
  },
  netron: {
    get(this: object): unknown {
      return hostOf(this).netron;
    },
    // A class that assigns a node of its own to `this.netron` must keep working.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'netron', { value, writable: true, configurable: true, enumerable: true });
    },
    configurable: true,
  },
  getConnection: {
    value(this: object): unknown {
      return hostOf(this).getConnection();
    },
    writable: true,
    configurable: true,
  },
} satisfies PropertyDescriptorMap;

/** Adds `emit`, `netron` and `getConnection` to a class that has no members of these names. */
export function fulfilServiceMembers(prototype: object): void {
  for (const [name, descriptor] of Object.entries(provided)) {
    if (!(name in prototype)) Object.defineProperty(prototype, name, descriptor);
  }
}

/** Removes the empty fields that a declaration such as `emit!: Emit` creates: they would hide the added members. */
function removeEmptyFields(service: object): void {
  for (const name of Object.keys(provided)) {
    const own = Object.getOwnPropertyDescriptor(service, name);
    if (own?.configurable && 'value' in own && own.value === undefined && name in Object.getPrototypeOf(service)) {
      Reflect.deleteProperty(service, name);
    }
  }
}
