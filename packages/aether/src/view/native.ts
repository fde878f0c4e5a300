import type { Host } from './host.js';
import type { Instance } from './instance.js';

/** A view that creates its instance itself: descriptions, compiled elements, lists, portals, boundaries. */
export abstract class Native {
  /** @param key matches views when a list is shown again */
  constructor(readonly key?: unknown) {}

  abstract make(host: Host): Instance;
}

/** A view whose instance is created by a function. */
export class Made extends Native {
  constructor(private readonly maker: (host: Host) => Instance) {
    super();
  }

  make(host: Host): Instance {
    return this.maker(host);
  }
}
