/** Credentials that a peer shows on a connection that is open already. */
import { NetronError } from '../../errors/netron-error.js';
import type { ClientCertificate } from '../../transport/client-certificate.js';
import { transportOf } from '../../transport/transport.js';
import type { Authenticated } from '../identity.js';
import type { RemotePeer } from '../remote-peer.js';
import { sameIdentity } from '../same-identity.js';
import type { SystemLink } from './binding.js';

/** Answers with the identity that credentials stand for. */
export type Reauthenticate = (
  credentials: unknown,
  request: { id: string; address: string; transport: string; certificate: ClientCertificate | undefined },
) => Promise<Authenticated>;

/**
 * Makes what gives a peer the identity that its credentials stand for. When they are refused the peer is anonymous afterwards; an
 * outage of who should tell says nothing of it, and its identity goes on to its end.
 *
 * @returns takes the peer, the link that its credentials came by, and the credentials; resolves to the milliseconds until the
 *   identity ends, `undefined` for no end; throws NetronError `unauthenticated`, `permission_denied` for another identity than
 *   the peer has, `unimplemented` when the node authenticates nobody, `unavailable` while nobody can tell, `resource_exhausted` while
 *   other credentials of the peer are being looked at, or after too many
 */
export function reauthentication(
  authenticate: Reauthenticate | undefined,
): (peer: RemotePeer, link: SystemLink, credentials: unknown) => Promise<number | undefined> {
  const busy = new WeakSet<RemotePeer>();
  return async (peer, link, credentials) => {
    if (authenticate === undefined) throw new NetronError('unimplemented', 'this node authenticates nobody');
    if (busy.has(peer)) throw new NetronError('resource_exhausted', 'other credentials are being looked at');
    const { certificate, remoteAddress: address } = link.connection;
    busy.add(peer);
    try {
      const request = { id: peer.id, address, transport: transportOf(address), certificate };
      const found = await authenticate(credentials, request);
      // The answer is for a connection that is gone: the next one has shown credentials of its own.
      if (peer.link !== link) throw new NetronError('canceled', 'the connection ended meanwhile');
      if (peer.identity !== undefined && !sameIdentity(peer.identity, found.identity)) {
        throw new NetronError('permission_denied', 'the connection belongs to another identity');
      }
      peer.identify(found.identity, found);
      return found.expiresInMs;
    } catch (error) {
      if (peer.link === link && !(NetronError.is(error) && error.retryable)) peer.identify(undefined);
      throw error;
    } finally {
      busy.delete(peer);
    }
  };
}
