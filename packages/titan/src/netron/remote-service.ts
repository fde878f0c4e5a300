import { type Netron, NetronError } from '@omnitron-dev/netron';

/** Name and range of a wanted service, such as `auth@^1.0.0`. */
export type ServiceQuery = string;

/** Names that others ask every object for: one that answers to "then" would be unwrapped by await. */
const silent = new Set(['then', 'toJSON', 'onDispose']);

const proxies = new WeakSet<object>();

/** Whether an object is a proxy of a service: its members are those of the service, not its own. */
export const isServiceProxy = (value: object): boolean => proxies.has(value);

/**
 * A proxy bound to a service, not to a peer: each call goes to this node when it serves it, else to a connected peer that does. It can be made before
 * anything is connected.
 */
export function serviceProxy(node: () => Netron, query: ServiceQuery): object {
  let found: { readonly peer: object; readonly proxy: object } | undefined;

  const find = async (): Promise<Record<string, (...args: unknown[]) => unknown>> => {
    const netron = node();
    const peers = [netron.peer, ...netron.peers.values()];
    if (!found || !peers.includes(found.peer as (typeof peers)[number])) {
      found = undefined;
      for (const peer of peers) {
        const proxy = await peer.queryInterface<object>(query).catch(() => undefined);
        if (!proxy) continue;
        found = { peer, proxy };
        break;
      }
    }
    if (!found) throw new NetronError('unavailable', `no service '${query}': neither this node nor a connected peer has it`);
    return found.proxy as Record<string, (...args: unknown[]) => unknown>;
  };

  const proxy = new Proxy(Object.create(null), {
    get(_, name) {
      if (typeof name !== 'string' || silent.has(name)) return undefined;
      return (...args: unknown[]) => answer(find().then((service) => service[name]!(...args)));
    },
    has: () => false,
  });
  proxies.add(proxy);
  return proxy;
}

/** A result that can be awaited, and iterated when it turns out to be a stream. */
function answer(result: Promise<unknown>): Promise<unknown> & AsyncIterable<unknown> {
  const iterate = async function* () {
    yield* (await result) as AsyncIterable<unknown>;
  };
  return Object.assign(result, { [Symbol.asyncIterator]: iterate });
}
