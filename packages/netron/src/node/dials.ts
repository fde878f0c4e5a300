/** Connections that a node makes: finds the transport for an address, dials, and assigns each peer its key. */
import { Dialer } from '../peer/dialer.js';
import type { PeerOwner, RemotePeer } from '../peer/remote-peer.js';
import type { SessionBounds } from '../peer/session/session-bounds.js';
import { sessionBounds } from '../peer/session/session-options.js';
import { checkedDials } from '../transport/checked-transport.js';
import { checkTransportOptions } from '../transport/option-names.js';
import type { Transports } from '../transport/transports.js';
import { readOptions } from '../util/read-options.js';
import { connectionSettings, ownConnectOptions, reconnectSettings } from './checked-options.js';
import type { NetronConnectOptions, NetronOptions } from './options.js';
import type { PeerDirectory } from './peer-directory.js';
import { PeerKeys } from './peer-keys.js';

export class Dials {
  /** First connections that are being established. */
  readonly pending = new Set<Dialer>();
  readonly #node: PeerOwner;
  readonly #options: NetronOptions;
  readonly #transports: Transports;
  readonly #peers: Pick<PeerDirectory, 'adopt' | 'rename'>;
  readonly #keys: PeerKeys;

  /** @param options of the node: the defaults for each connection */
  constructor(node: PeerOwner, options: NetronOptions, transports: Transports, peers: Pick<PeerDirectory, 'adopt' | 'rename'>) {
    this.#node = node;
    this.#options = options;
    this.#transports = transports;
    this.#peers = peers;
    this.#keys = new PeerKeys(node.randomBytes);
  }

  /**
   * @param session bounds of the requested session. Default: from `options`
   * @throws what `Netron.connect` throws
   */
  async connect(target: string | object, given: NetronConnectOptions, session?: SessionBounds): Promise<RemotePeer> {
    const options = readOptions(given);
    const settings = {
      ...connectionSettings(options, this.#options),
      ...reconnectSettings(options, this.#options),
      session: session ?? this.#sessionOf(options),
    };
    const found = typeof target === 'string' ? this.#transports.forAddress(target) : this.#transports.forObjects;
    checkTransportOptions(found, options, 'connect', ownConnectOptions);
    const transport = checkedDials(found);
    const peerKey = this.#keys.take(target);
    const dialer = new Dialer({
      node: this.#node,
      transport,
      target,
      settings,
      peerKey,
      adopt: (id, number, reconnector) => this.#peers.adopt(id, number, reconnector),
      renamed: (peer, id, number) => this.#peers.rename(peer, id, number),
    });
    this.pending.add(dialer);
    try {
      const peer = await dialer.connect(options.signal);
      this.#keys.assign(peerKey, peer);
      return peer;
    } catch (error) {
      peerKey.taken = false;
      throw error;
    } finally {
      this.pending.delete(dialer);
    }
  }

  #sessionOf({ session }: NetronConnectOptions): SessionBounds | undefined {
    return session ? sessionBounds(session, this.#options) : undefined;
  }

  /** Frees the key of a peer that has left. */
  left(peer: RemotePeer): void {
    this.#keys.leave(peer);
  }
}
