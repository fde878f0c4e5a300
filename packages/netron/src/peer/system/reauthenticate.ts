/** New credentials that a peer sends over an open connection. */
import { NetronError } from '../../errors/netron-error.js';
import type { ClientCertificate } from '../../transport/client-certificate.js';
import { transportOf } from '../../transport/transport.js';
import type { Authenticated } from '../identity.js';
import type { RemotePeer } from '../remote-peer.js';
import { sameIdentity } from '../same-identity.js';
import type { SystemLink } from './binding.js';

/** Returns the identity for credentials. */
export type Reauthenticate = (
  credentials: unknown,
  request: { id: string; address: string; transport: string; certificate: ClientCertificate | undefined },
) => Promise<Authenticated>;

/**
 * Creates the function that gives a peer a new identity for its credentials. When they are refused, the peer becomes anonymous. During an
 * outage of the authentication, the peer keeps its identity until it expires.
 *
 * @returns a function of the peer, the link of the request, and the credentials; resolves to the milliseconds until the identity expires,
 *   `undefined` for no end; throws NetronError `unauthenticated`, `permission_denied` for another identity than the peer has,
 *   `unimplemented` when the node does not authenticate, `unavailable` during an outage, `resource_exhausted` while other credentials of
 *   the peer are being checked, or after too many requests
 */
export function reauthentication(
  authenticate: Reauthenticate | undefined,
): (peer: RemotePeer, link: SystemLink, credentials: unknown) => Promise<number | undefined> {
  const busy = new WeakSet<RemotePeer>();
  return async (peer, link, credentials) => {
    if (authenticate === undefined) throw new NetronError('unimplemented', 'this node does not authenticate');
    if (busy.has(peer)) throw new NetronError('resource_exhausted', 'other credentials are being verified');
    const { certificate, remoteAddress: address } = link.connection;
    busy.add(peer);
    try {
      const request = { id: peer.id, address, transport: transportOf(address), certificate };
      const found = await authenticate(credentials, request);
      // The connection of the request is gone, and the next one has shown its own credentials.
      if (peer.link !== link) throw new NetronError('canceled', 'the connection ended in the meantime');
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
