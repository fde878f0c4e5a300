import { createAnnotation } from '@omnitron-dev/netron';

/** Transports over which a member may be called; of several statements, those that all allow. Calls within the process are always let in. */
export const Via = createAnnotation<readonly string[]>({
  name: 'titan.via',
  merge: (outer, inner) => outer.filter((each) => inner.includes(each)).sort(),
});
