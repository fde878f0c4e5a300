/** Discovery in browsers: functions that need Node throw. */
import { NetronError } from '../errors/netron-error.js';
import type { DiscoveryBackend } from './backend.js';

/** Options of `localDiscovery`. */
export interface LocalDiscoveryOptions {
  folder?: string;
}

/** Options of `dnsDiscovery`. */
export interface DnsDiscoveryOptions {
  name: string;
  scheme?: string;
  servers?: readonly string[];
  interval?: number;
}

/** @throws NetronError `unimplemented` */
export function dnsDiscovery(_given: string | DnsDiscoveryOptions): DiscoveryBackend {
  throw new NetronError('unimplemented', "discovery 'dns' requires Node: browsers cannot query DNS records");
}

/** @throws NetronError `unimplemented` */
export function localDiscovery(_options?: LocalDiscoveryOptions): DiscoveryBackend {
  throw new NetronError('unimplemented', "discovery 'local' requires Node: browsers cannot open sockets");
}

/** @throws NetronError `unimplemented` */
export function hmac(_secret: string, ..._parts: readonly (string | Uint8Array)[]): string {
  throw new NetronError('unimplemented', 'discovery.secret requires Node: browsers cannot keep a secret');
}
