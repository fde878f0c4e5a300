import type { NetronOptions, TransportListen } from '@omnitron-dev/netron';

/** A transport of a service: enabled or not, a port, a path, or options of the listener. */
export type ServiceTransport = boolean | string | (TransportListen & { readonly enabled?: boolean; readonly proto?: string });

/** Transports of a service. */
export interface ServiceTransports {
  /** Netron calls, on all listeners of the node. Default `true`. */
  readonly netron?: boolean | { readonly enabled?: boolean };
  readonly [transport: string]: ServiceTransport | undefined;
}

/** Names that are not listeners of the node. */
const others = new Set(['netron', 'http', 'grpc']);

/** Returns the listeners for the transports of a service: those with a port, a path or a name. They serve only this service. */
function listenersOf(service: string, transports: ServiceTransports): [string, TransportListen][] {
  return Object.entries(transports).flatMap(([name, given]): [string, TransportListen][] => {
    if (others.has(name) || given === undefined || typeof given === 'boolean') return [];
    const { enabled = true, ...options } = typeof given === 'string' ? { path: given } : given;
    return enabled ? [[name, { ...options, services: [service] }]] : [];
  });
}

/**
 * Returns options of a node with the listeners that services need, in addition to its own.
 *
 * @param services names and transports
 */
export function withServiceTransports(
  options: NetronOptions,
  services: readonly { readonly name: string; readonly transports: ServiceTransports | undefined }[],
): NetronOptions {
  const transports: Record<string, TransportListen | readonly TransportListen[] | boolean> = { ...options.transports };
  for (const { name, transports: wanted = {} } of services) {
    for (const [transport, listen] of listenersOf(name, wanted)) {
      const before = transports[transport];
      const list = before === undefined || typeof before === 'boolean' ? (before ? [{}] : []) : [before].flat();
      transports[transport] = [...list, listen] as readonly TransportListen[];
    }
  }
  const http = services.map((each) => each.transports?.http).find((given) => given !== undefined && given !== false);
  return {
    ...options,
    ...(Object.keys(transports).length > 0 ? { transports } : {}),
    // HTTP belongs to the whole node: the first service that asks for it sets port and path, unless the node's options do.
    ...(http === undefined || options.http !== undefined || transports.http !== undefined ? {} : { http: httpOf(http) }),
  };
}

function httpOf(given: ServiceTransport): NonNullable<NetronOptions['http']> {
  if (typeof given === 'boolean') return given;
  if (typeof given === 'string') return { path: given };
  const { port, host, path } = given;
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
  };
}
