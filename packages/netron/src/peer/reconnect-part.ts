import { LastingBinding } from './lasting-binding.js';
import type { ReconnectPart } from './owner.js';
import { Readiness } from './readiness.js';
import { Renewal } from './renewal.js';
import { ServiceRecovery } from './service-recovery.js';

/** Support for peers that survive their connections. */
export const reconnectPart: ReconnectPart = {
  binding: (peer, query, found) => new LastingBinding(peer, query, found),
  recovery: (peer, services) => new ServiceRecovery(peer, services),
  readiness: (peer) => new Readiness(peer),
  renewal: (clock, renew, peer) => new Renewal(clock, renew, peer),
};
