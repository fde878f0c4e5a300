import type { CallPeer } from '../middleware/call.js';
import { identityKey } from '../middleware/identity-key.js';
import { randomId } from '../util/random-id.js';

/** Names the identity of a caller, so that nobody else reaches what it has begun; what cannot be told from others is nobody's. */
export function ownerOf({ identity }: CallPeer): string {
  return identity === undefined ? 'anonymous' : (identityKey(identity) ?? randomId());
}
