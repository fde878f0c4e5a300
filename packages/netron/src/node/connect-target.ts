/** Types of the targets of `netron.connect`: an address has a colon, the name of a service cannot have one. */
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { ServicePeer } from '../cluster/service-peer.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { NetronConnectOptions } from './options.js';

/** Peer and options that belong to a target; for a string that is known only at run time, those of an address. */
export type Target<To> = To extends string
  ? string extends To
    ? NodeTarget
    : To extends `${string}:${string}`
      ? NodeTarget
      : ServiceTarget
  : NodeTarget;

interface NodeTarget {
  readonly peer: RemotePeer;
  readonly options: NetronConnectOptions;
}

interface ServiceTarget {
  readonly peer: ServicePeer;
  readonly options: ServiceConnectOptions;
}

/** Whether a target is the name of a service, and neither an address nor an IPv4 host. */
export function isServiceQuery(to: unknown): to is string {
  return typeof to === 'string' && to !== '' && !to.includes(':') && !/^(?:\d+\.){3}\d+$/.test(to);
}
