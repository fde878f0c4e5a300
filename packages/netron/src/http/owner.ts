import type { CallPeer } from '../middleware/call.js';
import { identityKey } from '../middleware/identity-key.js';
import { randomId } from '../util/random-id.js';

/**
 * Returns a name for the identity of a caller, so that no other caller can use what it has started. An identity that cannot be told from
 * others gets a name of its own each time, which matches no caller.
 */
export function ownerOf({ identity }: CallPeer): string {
  return identity === undefined ? 'anonymous' : (identityKey(identity) ?? randomId());
}
