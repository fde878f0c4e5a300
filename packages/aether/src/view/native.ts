import type { Host } from './host.js';
import type { Instance } from './instance.js';

/** A view that makes its instance itself: lists, portals, boundaries, compiled elements. */
export class Native {
  constructor(
    private readonly maker: ((host: Host) => Instance) | undefined,
    /** Matches views when a list is shown again. */
    readonly key?: unknown,
  ) {}

  make(host: Host): Instance {
    return (this.maker as (host: Host) => Instance)(host);
  }
}
