import type { Host } from './host.js';
import type { Instance } from './instance.js';

/** A view that makes its instance itself: lists, portals, boundaries. Components return it. */
export class Native {
  constructor(readonly make: (host: Host) => Instance) {}
}
