/** Discovery in pages: nothing that is local to a machine. */
import { NetronError } from '../errors/netron-error.js';
import type { DiscoveryBackend } from './backend.js';

/** Options of `localDiscovery`. */
export interface LocalDiscoveryOptions {
  folder?: string;
}

/** @throws NetronError `unimplemented` */
export function localDiscovery(_options?: LocalDiscoveryOptions): DiscoveryBackend {
  throw new NetronError('unimplemented', "discovery 'local' needs Node: pages have no sockets of their own");
}
