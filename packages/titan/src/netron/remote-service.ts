import { type CallOptions, deriving, type Netron, NetronError, withOptions } from '@omnitron-dev/netron';

/** Name and range of a requested service, such as `auth@^1.0.0`. */
export type ServiceQuery = string;

/** Names that other code reads from every object: `await` would unwrap an object with `then`. */
const silent = new Set(['then', 'toJSON', 'onDispose']);

const proxies = new WeakSet<object>();

/** Returns whether an object is a proxy of a service, whose members are those of the service. */
export const isServiceProxy = (value: object): boolean => proxies.has(value);

/** A part that provides the node of an application. */
interface NodeOfCalls {
  /** Returns the node. @throws NetronError `failed_precondition` if there will be none */
  forCalls(): Netron;
}

/** Returns a member that cannot be called now: it fails when called or awaited, and its result when iterated. */
function refused(error: unknown): object {
  const fail = async (): Promise<never> => {
    throw error;
  };
  const member = () => {
    const failed = fail();
    return Object.assign(failed, { [Symbol.asyncIterator]: () => ({ next: () => failed }) });
  };
  // biome-ignore lint/suspicious/noThenProperty: a property is read by awaiting it
  return Object.assign(member, { then: (...handlers: Parameters<Promise<never>['then']>) => fail().then(...handlers) });
}

/**
 * Returns a proxy bound to a service, not to a peer: `netron.service` of the application's node, which is requested when the
 * proxy is used. Each call goes to this node if it has the service, otherwise to one of those that do. `withOptions` creates
 * another proxy.
 *
 * @param options of every call
 */
export function serviceProxy(node: NodeOfCalls, query: ServiceQuery, options?: CallOptions): object {
  let found: { readonly node: Netron; readonly service: object } | undefined;
  const derive = (more: CallOptions) => serviceProxy(node, query, { ...options, ...more });
  const proxy = new Proxy(Object.create(null), {
    get(_, name) {
      if (name === deriving) return derive;
      if (typeof name !== 'string' || silent.has(name)) return undefined;
      let now: Netron;
      try {
        now = node.forCalls();
      } catch (error) {
        return refused(NetronError.is(error) ? new NetronError(error.code, `${query}.${name}: ${error.message}`) : error);
      }
      if (found?.node !== now) {
        const service = now.service<object>(query);
        found = { node: now, service: options === undefined ? service : withOptions(service, options) };
      }
      return Reflect.get(found.service, name);
    },
    has: () => false,
  });
  proxies.add(proxy);
  return proxy;
}
