import type { Host } from './host.js';
import type { Instance } from './instance.js';

/** A view that makes its instance itself: lists, portals, boundaries, compiled elements. */
export class Native {
  /** Matches views when a list is shown again. */
  readonly key: unknown = undefined;

  constructor(readonly make: (host: Host) => Instance) {}
}
