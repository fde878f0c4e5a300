import type { StreamKind } from './source.js';

/** Kinds of streams by their numbers in packets. */
export const streamKinds: readonly StreamKind[] = ['iterable', 'web', 'steps'];
