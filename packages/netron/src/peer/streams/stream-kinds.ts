import type { StreamKind } from '../../service/call/stream-source.js';

/** Kinds of streams by their number in packets. */
export const streamKinds: readonly StreamKind[] = ['iterable', 'web', 'steps'];
