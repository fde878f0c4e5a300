import { ExposedServices } from './exposed-services.js';
import { PeerIdentity } from './identity.js';
import type { CalledPart } from './owner.js';

/** Support for peers that call this node. */
export const calledPart: CalledPart = {
  identity: (clock, changed) => new PeerIdentity(clock, changed),
  exposed: (peer) => new ExposedServices(peer),
};
