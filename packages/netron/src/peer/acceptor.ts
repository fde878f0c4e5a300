/**
 * The accepting side of peers: authenticates connections from servers, and gives peers that return after a lost connection their
 * previous peer object.
 */
import { NetronError } from '../errors/netron-error.js';
import { type Connection, type ConnectionReceiver, transportOf } from '../transport/transport.js';
import { thrownText } from '../util/thrown.js';
import { type AcceptedPeer, AcceptedPeers, takenSession } from './accepted-peers.js';
import { IdHolders, type Newcomer } from './id-holders.js';
import { type Authenticated } from './identity.js';
import type { Hello } from './link/greeting.js';
import { acceptHandshake } from './link/handshake.js';
import { ownHello, resumeFeature } from './link/hello.js';
import { Link } from './link/link.js';
import type { Advertised } from './references/advertised.js';
import type { PeerOwner, Reconnector, RemotePeer } from './remote-peer.js';
import { sameIdentity } from './same-identity.js';
import type { SessionConnection } from './session/session-connection.js';

/** The members of the node that an acceptor uses. */
export interface AcceptorOptions {
  readonly node: PeerOwner;
  /** Milliseconds for a handshake. */
  readonly timeout: number;
  /** Milliseconds within which a lost peer may return. */
  readonly resumeWindow: number;
  /** Returns the identity of a peer. */
  readonly authenticate: (
    credentials: unknown,
    request: { id: string; address: string; transport: string; certificate: Connection['certificate'] },
  ) => Promise<Authenticated>;
  /** Registers a peer at the node under a free id, made from the id of its node and the number of its connection. */
  readonly adopt: (nodeId: string, number: number, reconnector: Reconnector) => RemotePeer;
}

/** Most disconnected peers that are waited for; beyond it, the one that disconnected first is given up. */
const maxAway = 10_000;

/** Facts about an accepted connection. */
interface Arrival {
  readonly local: Hello;
  readonly remote: Hello;
  readonly authenticated: Authenticated;
  readonly advertised: Advertised;
}

export class Acceptor implements Reconnector {
  readonly #options: AcceptorOptions;
  readonly #accepted = new AcceptedPeers();
  /** Peers that are connected or may return, by the ids they claim. */
  readonly #holders = new IdHolders<RemotePeer>();
  readonly #arriving = new Set<Connection>();
  /** Disconnected peers that may return, in the order of their disconnection. */
  readonly #away = new Set<RemotePeer>();
  /** Whether new peers are accepted. */
  #open = true;
  /** Whether peers may no longer return. */
  #closed = false;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /**
   * Handles a new connection.
   *
   * @param reaches the services that its listener serves; all when absent
   */
  receive(connection: Connection, reaches?: ReadonlySet<string>): void {
    const { node, timeout, authenticate } = this.#options;
    if (this.#closed) return connection.close(1001, 'the node is stopping');
    this.#arriving.add(connection);
    let over = false;
    /** The id reserved for the connection during the handshake. */
    let entered: { readonly id: string; readonly newcomer: Newcomer } | undefined;
    let admitted:
      | {
          known: AcceptedPeer | undefined;
          id: string;
          authenticated: Authenticated;
          advertised: Advertised;
          replaced: readonly RemotePeer[];
          resumed: SessionConnection | undefined;
        }
      | undefined;
    acceptHandshake(
      connection,
      { node, timeout },
      async (remote) => {
        // Sessions of known peers continue while the node drains.
        if (!this.#open && this.#accepted.showing(remote.session) === undefined) throw stopping();
        const { remoteAddress: address, certificate } = connection;
        const transport = transportOf(address);
        const authenticated = await authenticate(remote.credentials, { id: remote.id, address, transport, certificate });
        if (over) throw new NetronError('canceled', 'the connection ended during the handshake');
        const known = this.#accepted.showing(remote.session);
        const id = remote.ordinal > 1 ? `${remote.id}#${remote.ordinal}` : remote.id;
        if (known !== undefined && known.id !== id) throw takenSession();
        let replaced: readonly RemotePeer[] = [];
        if (known === undefined) {
          if (!this.#open) throw stopping();
          if (remote.id === node.id) throw new NetronError('already_exists', `'${remote.id}' is the id of this node`);
          const newcomer = { identity: authenticated.identity, instance: remote.instance };
          // Connections of one node are checked under the id of the node: their numbers only name them and give no rights.
          replaced = await this.#holders.enter(remote.id, newcomer);
          if (over) {
            // The handshake ended before the id was reserved, so the code that handles its end could not release it.
            this.#holders.leave(remote.id, newcomer);
            throw new NetronError('canceled', 'the connection ended during the handshake');
          }
          entered = { id: remote.id, newcomer };
        }
        const { identity, expiresInMs } = authenticated;
        const caller = { id, identity, address, transport, reaches };
        const resumed = this.#resumable(known, remote, authenticated);
        if (!this.#open && resumed === undefined) throw stopping();
        // From here on, the old connection delivers nothing: the messages received so far are counted now.
        resumed?.detach();
        const buffer = node.sessions?.bounds?.buffer;
        const session = this.#givesSessions(remote) ? { received: resumed?.received, buffer } : undefined;
        const { hello, advertised } = ownHello(node, { caller, asked: remote.features, expiresInMs, session });
        admitted = { known, id, authenticated, advertised, replaced, resumed };
        return hello;
      },
      (remote, local) => {
        const arrival = admitted as NonNullable<typeof admitted>;
        const { known, id, authenticated, advertised, replaced, resumed } = arrival;
        for (const holder of replaced) this.#replace(holder);
        const { peer } = known ?? this.#settle(id, remote);
        if (known !== undefined) {
          node.clock.clearTimeout(known.timer);
          this.#away.delete(peer);
        }
        peer.reaches = reaches;
        const accepted = this.#accepted.of(peer) as AcceptedPeer;
        if (resumed !== undefined) {
          // The hello already promised that the session continues.
          if (resumed.over) throw new NetronError('unavailable', 'the session ended during the handshake');
          this.#accepted.rotate(accepted, remote, resumed);
          const receiver = resumed.goOn(connection, remote.received as number);
          peer.linkResumed(resumed, authenticated, undefined);
          return receiver;
        }
        return this.#begin(accepted, connection, { local, remote, authenticated, advertised });
      },
    )
      .catch((error: unknown) => {
        over = true;
        const { code, message, cause } = NetronError.from(error);
        const address = connection.remoteAddress;
        if (cause !== undefined && code === 'internal')
          node.logger.error({ address, error: thrownText(cause) }, 'a connection was rejected because of an internal error');
        else node.logger.debug({ address, code, reason: message }, 'a connection was rejected');
      })
      .finally(() => {
        this.#arriving.delete(connection);
        if (entered !== undefined) this.#holders.leave(entered.id, entered.newcomer);
      });
  }

  lost(peer: RemotePeer, error: Error | undefined): void {
    const { node, resumeWindow } = this.#options;
    const known = this.#accepted.of(peer);
    // A clean close is intentional; a peer whose connection was lost may return.
    if (known === undefined || error === undefined || !this.#open)
      return this.#leave(peer, error?.message ?? 'the peer disconnected');
    this.#away.add(peer);
    const [first] = this.#away;
    if (this.#away.size > maxAway && first !== undefined) this.#leave(first, 'too many disconnected peers');
    known.timer = node.clock.setTimeout(() => this.#leave(peer, 'the peer did not reconnect'), resumeWindow, true);
  }

  ended(peer: RemotePeer): void {
    this.#forget(peer);
  }

  /** Refuses new peers. Connected peers stay, and their sessions may continue over other connections. */
  drain(): void {
    this.#open = false;
  }

  /** Refuses all connections, and gives up peers that are disconnected or in their handshake. */
  close(): void {
    this.#open = false;
    this.#closed = true;
    for (const connection of this.#arriving) connection.close(1001, 'the node is stopping');
    for (const { peer, session } of this.#accepted.all) {
      if (peer.state === 'suspended') this.#leave(peer, 'the node was stopped');
      else if (session?.away === true) session.fail('the node is stopping');
    }
  }

  #givesSessions({ features, session, next }: Hello): boolean {
    const wanted = features.includes(resumeFeature) && session !== undefined && next !== undefined;
    return wanted && this.#options.node.sessions?.bounds !== undefined;
  }

  /** Returns the session that a connection continues; `undefined` when it starts a new one. */
  #resumable(known: AcceptedPeer | undefined, remote: Hello, { identity }: Authenticated): SessionConnection | undefined {
    const { received, id } = remote;
    if (received === undefined || !this.#givesSessions(remote)) return undefined;
    const session = known?.session;
    const { node } = this.#options;
    const refused = (reason: string): undefined => void node.logger.info({ peer: id, reason }, 'a session was not resumed');
    if (known === undefined || session === undefined || session.over)
      return refused('it is unknown, or its secret was already used');
    const before = known.peer.identity;
    if (!(before === undefined && identity === undefined) && !sameIdentity(before, identity)) {
      return refused('it belongs to another identity');
    }
    if (Number.isNaN(received)) return refused('the number of received messages is invalid');
    if (!session.covers(received)) return refused(`${received} messages cannot have arrived`);
    return session;
  }

  /** Creates the link of a connection that starts a new conversation. */
  #begin(
    accepted: AcceptedPeer,
    connection: Connection,
    { local, remote, authenticated, advertised }: Arrival,
  ): ConnectionReceiver {
    const { node } = this.#options;
    const { peer } = accepted;
    const { sessions } = node;
    const bounds = sessions?.bounds;
    const session = bounds && this.#givesSessions(remote) ? sessions?.open(connection, bounds) : undefined;
    const link = new Link(session ?? connection, node, peer, local, remote, advertised);
    const before = accepted.session;
    accepted.session = session;
    const receiver = session?.begin(link, remote.buffer) ?? link;
    if (session !== undefined) {
      session.interrupted = (reason) => {
        if (this.#closed) session.fail('the node is stopping');
        else peer.linkInterrupted(link, reason);
      };
      this.#accepted.rotate(accepted, remote, session);
    }
    peer.attach(link, remote, authenticated);
    // The old session cannot be found any more, so it must not wait for another connection.
    before?.forfeit();
    return receiver;
  }

  #settle(id: string, { id: nodeId, ordinal, session }: Hello): AcceptedPeer {
    const accepted = this.#accepted.add({ id, nodeId }, session, () => this.#options.adopt(nodeId, ordinal, this));
    this.#holders.add(nodeId, accepted.peer);
    return accepted;
  }

  /** Closes a peer whose id goes to another run of the same program. It must not return for it. */
  #replace(peer: RemotePeer): void {
    const reason = 'a newer connection has taken over the id';
    for (const link of peer.links) link.sayGoodbye('canceled', reason);
    this.#leave(peer, reason);
  }

  #leave(peer: RemotePeer, reason: string): void {
    this.#forget(peer);
    peer.life.close(reason);
  }

  #forget(peer: RemotePeer): void {
    this.#away.delete(peer);
    const known = this.#accepted.of(peer);
    if (known === undefined) return;
    this.#options.node.clock.clearTimeout(known.timer);
    this.#accepted.delete(known);
    this.#holders.delete(known.nodeId, peer);
  }
}

function stopping(): NetronError {
  return new NetronError('unavailable', 'the node is stopping');
}
