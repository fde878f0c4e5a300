/** Accepted peers and their session secrets: finds the peer that returns with one. */
import { toBase64 } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { Hello } from './link/greeting.js';
import type { RemotePeer } from './remote-peer.js';
import type { SessionConnection } from './session/session-connection.js';

/** An accepted peer, while it is connected or may return. */
export interface AcceptedPeer {
  readonly peer: RemotePeer;
  /** Id that it announced, including the number of its connection; the id of the peer object differs when another peer has that id. */
  readonly id: string;
  /** Id of its node. */
  readonly nodeId: string;
  /** Runs while the peer is disconnected. */
  timer: unknown;
  /** Secrets that identify it: the one it arrived with, and the one that replaces it. */
  secrets: string[];
  /** Session of the link in use. */
  session: SessionConnection | undefined;
}

export class AcceptedPeers {
  readonly #bySecret = new Map<string, AcceptedPeer>();
  readonly #byPeer = new Map<RemotePeer, AcceptedPeer>();

  /** A snapshot of all accepted peers. */
  get all(): AcceptedPeer[] {
    return [...this.#byPeer.values()];
  }

  /** Returns the peer that a secret belongs to. */
  showing(secret: Uint8Array | undefined): AcceptedPeer | undefined {
    return secret === undefined ? undefined : this.#bySecret.get(keyOf(secret));
  }

  of(peer: RemotePeer): AcceptedPeer | undefined {
    return this.#byPeer.get(peer);
  }

  /**
   * Adds a peer that connects for the first time.
   *
   * @param secret `undefined` when the peer does not want to return
   * @param make called when no other peer has the secret
   * @throws NetronError `already_exists` when another peer has it
   */
  add({ id, nodeId }: Pick<AcceptedPeer, 'id' | 'nodeId'>, secret: Uint8Array | undefined, make: () => RemotePeer): AcceptedPeer {
    const secrets = secret === undefined ? [] : [keyOf(secret)];
    // A peer with the same secret may have been accepted in the meantime.
    if (secrets.some((key) => this.#bySecret.has(key))) throw takenSession();
    const accepted: AcceptedPeer = { peer: make(), id, nodeId, timer: undefined, secrets: [], session: undefined };
    this.#byPeer.set(accepted.peer, accepted);
    this.#keep(accepted, secrets);
    return accepted;
  }

  /**
   * Accepts the next secret in addition to the current one, until the other end has learned that it was accepted.
   *
   * @throws NetronError `already_exists` when the next one belongs to another peer
   */
  rotate(accepted: AcceptedPeer, { session, next }: Hello, connection: SessionConnection): void {
    const shown = keyOf(session as Uint8Array);
    const following = keyOf(next as Uint8Array);
    const holder = this.#bySecret.get(following);
    if (holder !== undefined && holder !== accepted) throw takenSession();
    this.#keep(accepted, [shown, following]);
    connection.confirmed = () => this.#keep(accepted, [following]);
  }

  #keep(accepted: AcceptedPeer, secrets: string[]): void {
    for (const secret of accepted.secrets) this.#bySecret.delete(secret);
    accepted.secrets = secrets;
    if (this.#byPeer.get(accepted.peer) !== accepted) return;
    for (const secret of secrets) this.#bySecret.set(secret, accepted);
  }

  delete({ peer, secrets }: AcceptedPeer): void {
    for (const secret of secrets) this.#bySecret.delete(secret);
    this.#byPeer.delete(peer);
  }
}

/** Returns the error for a session that belongs to another peer. */
export function takenSession(): NetronError {
  return new NetronError('already_exists', 'the session belongs to another peer');
}

function keyOf(secret: Uint8Array): string {
  return `secret:${toBase64(secret)}`;
}
