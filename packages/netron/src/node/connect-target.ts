/** Targets of `netron.connect`: an address has a colon, the name of a service cannot have one. */
import type { ServiceConnectOptions } from '../cluster/options.js';
import type { ServicePeer } from '../cluster/service-peer.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { NetronConnectOptions } from './options.js';

/** Peer and options that belong to a target. Of a text that is known at run time alone, those of an address. */
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

/** Whether a target is the name of a service: neither an address nor a host. */
export function isServiceQuery(to: unknown): to is string {
  return typeof to === 'string' && to !== '' && !to.includes(':') && !/^(?:\d+\.){3}\d+$/.test(to);
}
