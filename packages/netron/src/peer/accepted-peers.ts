/** Peers that were let in: receives them with the secrets that they may show, finds those who come back with one. */
import { toBase64 } from '#platform';
import { NetronError } from '../errors/netron-error.js';
import type { Hello } from './link/greeting.js';
import type { RemotePeer } from './remote-peer.js';
import type { SessionConnection } from './session/session-connection.js';

/** A peer that was let in, while it is here or may come back. */
export interface AcceptedPeer {
  readonly peer: RemotePeer;
  /** Id that it announced, with the number of its connection; its peer's id differs when another peer has that id. */
  readonly id: string;
  /** Id of its node. */
  readonly nodeId: string;
  /** Runs while the peer is away. */
  timer: unknown;
  /** Secrets that it may show: the one it came with, and the one that takes its place. */
  secrets: string[];
  /** Session of the link in use. */
  session: SessionConnection | undefined;
}

export class AcceptedPeers {
  readonly #bySecret = new Map<string, AcceptedPeer>();
  readonly #byPeer = new Map<RemotePeer, AcceptedPeer>();

  /** All of them, as they are now. */
  get all(): AcceptedPeer[] {
    return [...this.#byPeer.values()];
  }

  /** Returns who may show a secret. */
  showing(secret: Uint8Array | undefined): AcceptedPeer | undefined {
    return secret === undefined ? undefined : this.#bySecret.get(keyOf(secret));
  }

  of(peer: RemotePeer): AcceptedPeer | undefined {
    return this.#byPeer.get(peer);
  }

  /**
   * Adds a peer that comes for the first time.
   *
   * @param secret it has none when it does not want to come back
   * @param make called when the secret is nobody else's
   * @throws NetronError `already_exists` when it is
   */
  add({ id, nodeId }: Pick<AcceptedPeer, 'id' | 'nodeId'>, secret: Uint8Array | undefined, make: () => RemotePeer): AcceptedPeer {
    const secrets = secret === undefined ? [] : [keyOf(secret)];
    // Somebody else may have been let in with it at the same time.
    if (secrets.some((key) => this.#bySecret.has(key))) throw takenSession();
    const accepted: AcceptedPeer = { peer: make(), id, nodeId, timer: undefined, secrets: [], session: undefined };
    this.#byPeer.set(accepted.peer, accepted);
    this.#keep(accepted, secrets);
    return accepted;
  }

  /**
   * Lets the next secret hold beside the one shown, until the other end has learnt that it was let in.
   *
   * @throws NetronError `already_exists` when the next one is another peer's
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

/** The error of a session that another peer has. */
export function takenSession(): NetronError {
  return new NetronError('already_exists', 'the session is that of another peer');
}

function keyOf(secret: Uint8Array): string {
  return `secret:${toBase64(secret)}`;
}
