/**
 * Notifications of peers that connect, disconnect and announce services: updates the directory, and notifies listeners and the
 * parts that choose among nodes.
 */
import type { PeerOwner } from '../peer/remote-peer.js';
import type { NodeCluster } from './cluster.js';
import type { Dials } from './dials.js';
import type { NodeDiscovery } from './discovery.js';
import type { NetronEvents } from './events.js';
import type { HostedServices } from './hosted-services.js';
import type { PeerDirectory } from './peer-directory.js';

/** Parts of a node that are notified of peers. */
export interface NewsReaders {
  readonly peers: Pick<PeerDirectory, 'connected' | 'forget'>;
  readonly events: Pick<NetronEvents, 'emit'>;
  readonly dials: Pick<Dials, 'left'>;
  readonly hosted: Pick<HostedServices, 'peerLeft'>;
  readonly discovery: Pick<NodeDiscovery, 'peerLeft'>;
  readonly cluster: Pick<NodeCluster, 'changed'>;
}

/** @param readers called for each notification, because some of the readers are made from the node that sends it */
export function peerNews(
  readers: () => NewsReaders,
): Pick<PeerOwner, 'peerConnected' | 'peerDisconnected' | 'serviceDiscovered'> {
  return {
    peerConnected(peer) {
      const { peers, events, cluster } = readers();
      peers.connected.set(peer.id, peer);
      events.emit('peer:connected', peer);
      cluster.changed();
    },
    peerDisconnected(peer, final) {
      const { peers, events, dials, hosted, discovery, cluster } = readers();
      if (final) {
        peers.forget(peer);
        dials.left(peer);
        void hosted.peerLeft(peer);
      }
      if (peers.connected.get(peer.id) === peer) {
        peers.connected.delete(peer.id);
        discovery.peerLeft(peer.id);
        events.emit('peer:disconnected', peer.id);
      }
      cluster.changed();
    },
    serviceDiscovered(peer, service) {
      const { events, cluster } = readers();
      const at = service.lastIndexOf('@');
      events.emit('service:discovered', { name: service.slice(0, at), version: service.slice(at + 1), peerId: peer.id });
      cluster.changed();
    },
  };
}
