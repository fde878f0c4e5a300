import type { CallPeer } from '../middleware/call.js';
import { fingerprint } from '../util/fingerprint.js';
import { randomId } from '../util/random-id.js';

/** Names the identity of a caller, so that nobody else reaches what it has begun; what cannot be compared is nobody's. */
export function ownerOf({ identity }: CallPeer): string {
  return identity === undefined ? 'anonymous' : (fingerprint(identity) ?? randomId());
}
