/** Loaded parts of a client. */
import type { LinkParts } from './peer/link/link-parts.js';
import type { NodeMiddleware } from './peer/node-middleware.js';
import type { NodeBasis, NodeRole } from './peer/node-role.js';

/** Makings of the answers to calls of the other end. */
export interface Answering extends Pick<NodeRole, 'system' | 'dispatcher'> {
  readonly bind: NodeRole['services']['bind'];
}

/** Part of a client as it was loaded. */
export interface LoadedPart {
  readonly parts: Partial<LinkParts>;
  /** Makes what answers calls; absent when the part is not about that. */
  readonly answering?: (basis: NodeBasis, middleware: Pick<NodeMiddleware, 'incoming' | 'construct'>) => Answering;
}
