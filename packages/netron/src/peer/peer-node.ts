import type { LinkParts } from './link/link-parts.js';
import type { NodeBasis, NodeRole } from './node-role.js';

/** Members of the node that peers and their links use. Two nodes in one process share nothing. */
export interface PeerNode extends NodeBasis, NodeRole {
  /** Optional parts of links. */
  readonly parts: LinkParts;
}
