/** Events, node and connection of a service: what a service's own code says and asks, and where the node listens. */
import { NetronError } from '../errors/netron-error.js';

/** Receives what a service emits. */
export type ServiceEventListener = (event: string, data: unknown) => void;

/** Members of a node that the services exposed on it use. */
export interface ServiceHost {
  /** The node. */
  readonly netron: unknown;
  /**
   * The connection that the current call came over.
   *
   * @throws NetronError `failed_precondition` outside of a call
   */
  getConnection(): unknown;
  /** Whether the current call came through this node. Asked where a service is exposed on several. */
  serves?(): boolean;
  /** The service is exposed on several nodes: from now on each call has to be known throughout its asynchronous work. */
  shared?(): void;
}

/** Arguments of `emit` after the event's name: none where the data may be left out. */
export type EventArgs<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/** Names of the events in a map. */
export type EventName<Events> = Extract<keyof Events, string>;

/** Key under which a service's type carries its events, so that callers can subscribe by name. No object has it. */
export const serviceEvents: unique symbol = Symbol('netron.serviceEvents');

/** Members that `@Service` and `defineService` add to a service without them. */
export interface ServiceMembers<Events, Host extends ServiceHost = ServiceHost> {
  /** Tells everybody who subscribed to `event`. Returns at once; a subscriber's failure does not come back. */
  emit<Name extends EventName<Events>>(event: Name, ...data: EventArgs<Events[Name]>): void;
  /** The node that the service is exposed on. */
  readonly netron: Host['netron'];
  /** The connection that the current call came over. */
  getConnection(): ReturnType<Host['getConnection']>;
}

const listeners = new WeakMap<object, Set<ServiceEventListener>>();
/** The nodes of each service, the latest last. */
const hosts = new WeakMap<object, ServiceHost[]>();

/**
 * Base of services that emit events or ask for their node. Nothing requires it: `@Service` gives these members to every
 * class that lacks them, and this class gives them their types.
 *
 * @example `class Files extends ServiceBase<{ 'upload:progress': Progress }> { … this.emit('upload:progress', progress) … }`
 */
export abstract class ServiceBase<Events extends object = Record<string, unknown>, Host extends ServiceHost = ServiceHost> {
  declare readonly [serviceEvents]?: Events;

  /** Tells everybody who subscribed to `event`. Returns at once; a subscriber's failure does not come back. */
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
   * The connection that the current call came over.
   *
   * @throws NetronError `failed_precondition` outside of a call
   */
  protected getConnection(): ReturnType<Host['getConnection']> {
    return hostOf(this).getConnection() as ReturnType<Host['getConnection']>;
  }
}

/**
 * Calls `listener` with every event that `service` emits, in order, at once.
 *
 * @returns takes `listener` off again
 */
export function onServiceEvent(service: object, listener: ServiceEventListener): () => void {
  removeEmptyFields(service);
  let all = listeners.get(service);
  if (all === undefined) {
    all = new Set();
    listeners.set(service, all);
  }
  // A function of its own, so that the same listener given twice is taken off once each.
  const entry: ServiceEventListener = (event, data) => listener(event, data);
  all.add(entry);
  return () => {
    all.delete(entry);
  };
}

/**
 * Delivers an event to all who listen to `service`.
 *
 * @throws what the first failing listener threw, after all have been called
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
 * Lends a node to a service, for `this.netron` and `this.getConnection()`. Of several, the one that the current call came
 * through stands, outside of calls the latest.
 *
 * @returns takes it back
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
    // A class that keeps its own node in `this.netron` must go on working.
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

/** Gives a class `emit`, `netron` and `getConnection` where it has no member of that name. */
export function fulfilServiceMembers(prototype: object): void {
  for (const [name, descriptor] of Object.entries(provided)) {
    if (!(name in prototype)) Object.defineProperty(prototype, name, descriptor);
  }
}

/** `emit!: Emit` in a class becomes a field that holds nothing, in front of what the class was given. */
function removeEmptyFields(service: object): void {
  for (const name of Object.keys(provided)) {
    const own = Object.getOwnPropertyDescriptor(service, name);
    if (own?.configurable && 'value' in own && own.value === undefined && name in Object.getPrototypeOf(service)) {
      Reflect.deleteProperty(service, name);
    }
  }
}
