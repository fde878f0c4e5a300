/**
 * The accepting side of peers: receives connections from servers, lets in who may, and gives those who come back after a
 * lost connection the peer object they had.
 */
import { NetronError } from '../errors/netron-error.js';
import { type Connection, transportOf } from '../transport/transport.js';
import { IdHolders } from './id-holders.js';
import { type Authenticated } from './identity.js';
import { acceptHandshake, type Hello } from './link/handshake.js';
import { ownHello } from './link/hello.js';
import { Link } from './link/link.js';
import type { Advertised } from './references/advertised.js';
import type { PeerOwner, Reconnector, RemotePeer } from './remote-peer.js';

/** Members of the node that an acceptor uses. */
export interface AcceptorOptions {
  readonly node: PeerOwner;
  /** Milliseconds for a handshake. */
  readonly timeout: number;
  /** Milliseconds a lost peer may take to come back. */
  readonly resumeWindow: number;
  /** Answers with the peer's identity. */
  readonly authenticate: (
    credentials: unknown,
    request: { id: string; address: string; transport: string },
  ) => Promise<Authenticated>;
  /** Makes a peer known to the node under an id that is free. */
  readonly adopt: (id: string, reconnector: Reconnector) => RemotePeer;
}

/** Peers that are waited for at most; those who left first are given up for those who left last. */
const maxAway = 10_000;

interface AcceptedPeer {
  readonly peer: RemotePeer;
  /** Id that it announced; its peer's id differs when another peer has that id. */
  readonly id: string;
  /** Runs while the peer is away. */
  timer: unknown;
}

export class Acceptor implements Reconnector {
  readonly #options: AcceptorOptions;
  /** Peers by the secret they come back with. */
  readonly #bySession = new Map<string, AcceptedPeer>();
  readonly #sessions = new Map<RemotePeer, string>();
  /** Peers that are here or may come back, by the ids they claim. */
  readonly #holders = new IdHolders<RemotePeer>();
  readonly #arriving = new Set<Connection>();
  /** Peers that may come back, in the order in which they left. */
  readonly #away = new Set<RemotePeer>();
  #open = true;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /**
   * A fresh connection.
   *
   * @param reaches the services that its listener serves; all when absent
   */
  receive(connection: Connection, reaches?: ReadonlySet<string>): void {
    const { node, timeout, authenticate } = this.#options;
    if (!this.#open) return connection.close(1001, 'the node is stopping');
    this.#arriving.add(connection);
    let over = false;
    /** The id that is reserved for it meanwhile. */
    let entered: string | undefined;
    let admitted:
      | {
          known: AcceptedPeer | undefined;
          id: string;
          authenticated: Authenticated;
          advertised: Advertised;
          replaced: readonly RemotePeer[];
        }
      | undefined;
    acceptHandshake(
      connection,
      { reader: node.greetings, clock: node.clock, timeout, limits: node.announced },
      async (remote) => {
        const address = connection.remoteAddress;
        const authenticated = await authenticate(remote.credentials, { id: remote.id, address, transport: transportOf(address) });
        if (over) throw new NetronError('canceled', 'the connection ended during the handshake');
        const known = remote.session === undefined ? undefined : this.#bySession.get(keyOf(remote.session));
        const id = remote.ordinal > 1 ? `${remote.id}#${remote.ordinal}` : remote.id;
        if (known !== undefined && known.id !== id) throw takenSession();
        let replaced: readonly RemotePeer[] = [];
        if (known === undefined) {
          if (!this.#open) throw new NetronError('unavailable', 'the node is stopping');
          if (id === node.id) throw new NetronError('already_exists', `'${id}' is the id of this node itself`);
          replaced = await this.#holders.enter(id, { identity: authenticated.identity, instance: remote.instance });
          entered = id;
          if (over) throw new NetronError('canceled', 'the connection ended during the handshake');
        }
        const { identity, expiresInMs } = authenticated;
        const caller = { id, identity, address, transport: transportOf(address), reaches };
        const { hello, advertised } = ownHello(node, { caller, asked: remote.features, expiresInMs });
        admitted = { known, id, authenticated, advertised, replaced };
        return hello;
      },
      (remote, local) => {
        const arrival = admitted as NonNullable<typeof admitted>;
        const { known, id, authenticated, advertised, replaced } = arrival;
        for (const holder of replaced) this.#replace(holder);
        const peer = known?.peer ?? this.#settle(id, remote);
        if (known !== undefined) {
          node.clock.clearTimeout(known.timer);
          this.#away.delete(peer);
        }
        peer.reaches = reaches;
        const link = new Link(connection, node, peer, local, remote, advertised);
        peer.attach(link, remote, authenticated);
        return link;
      },
    )
      .catch((error: unknown) => {
        over = true;
        const { code, message } = NetronError.from(error);
        node.logger.debug({ address: connection.remoteAddress, code, reason: message }, 'a connection was not let in');
      })
      .finally(() => {
        this.#arriving.delete(connection);
        if (entered !== undefined) this.#holders.leave(entered);
      });
  }

  lost(peer: RemotePeer, error: Error | undefined): void {
    const { node, resumeWindow } = this.#options;
    const known = this.#bySession.get(this.#sessions.get(peer) ?? '');
    // A clean end is meant; a lost connection may come back.
    if (known === undefined || error === undefined || !this.#open)
      return this.#leave(peer, error?.message ?? 'the peer disconnected');
    this.#away.add(peer);
    const [first] = this.#away;
    if (this.#away.size > maxAway && first !== undefined) this.#leave(first, 'too many others are away');
    known.timer = node.clock.setTimeout(() => this.#leave(peer, 'the peer did not come back'), resumeWindow, true);
  }

  ended(peer: RemotePeer): void {
    this.#forget(peer);
  }

  /** Lets no new peer in; those who are here stay. */
  drain(): void {
    this.#open = false;
  }

  /** Lets nobody in any more and gives up those who are away or arriving. */
  close(): void {
    this.#open = false;
    for (const connection of this.#arriving) connection.close(1001, 'the node is stopping');
    for (const peer of [...this.#sessions.keys()]) if (peer.state === 'suspended') this.#leave(peer, 'the node was stopped');
  }

  #settle(id: string, remote: Hello): RemotePeer {
    const session = remote.session === undefined ? `none:${id}` : keyOf(remote.session);
    // Somebody else may have been let in with it at the same time.
    if (this.#bySession.has(session)) throw takenSession();
    const peer = this.#options.adopt(id, this);
    this.#holders.add(id, peer);
    this.#bySession.set(session, { peer, id, timer: undefined });
    this.#sessions.set(peer, session);
    return peer;
  }

  /** Its id goes to another run of the same program: it must not come back for it. */
  #replace(peer: RemotePeer): void {
    const reason = 'a newer connection has taken the id over';
    for (const link of peer.links) link.sayGoodbye('canceled', reason);
    this.#leave(peer, reason);
  }

  #leave(peer: RemotePeer, reason: string): void {
    this.#forget(peer);
    peer.life.close(reason);
  }

  #forget(peer: RemotePeer): void {
    this.#away.delete(peer);
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    const known = this.#bySession.get(session);
    this.#options.node.clock.clearTimeout(known?.timer);
    this.#bySession.delete(session);
    this.#sessions.delete(peer);
    if (known !== undefined) this.#holders.delete(known.id, peer);
  }
}

function takenSession(): NetronError {
  return new NetronError('already_exists', 'the session is that of another peer');
}

function keyOf(session: Uint8Array): string {
  return Array.from(session, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
