/** Numbers of the connections that this node has to each address, by which the other end distinguishes them. */
import { newPeerKey } from '../peer/link/hello.js';
import type { RemotePeer } from '../peer/remote-peer.js';

/** Maximum number of addresses that are remembered without a connection. */
const maxIdle = 1_000;

/** A key, and whether a connection uses it. */
export type TakenKey = ReturnType<typeof newPeerKey> & { taken: boolean };

/** The keys of one node, for every address. */
export class PeerKeys {
  readonly #addresses = new Map<string, TakenKey[]>();
  /** Keys of objects that are connected to directly, such as workers. */
  readonly #targets = new WeakMap<object, TakenKey[]>();
  readonly #peers = new WeakMap<RemotePeer, TakenKey>();
  readonly #randomBytes: (length: number) => Uint8Array;

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /**
   * Returns the key with the lowest free number for connections to `target`. A reconnect presents the same secret. The other end
   * accepts several connections with one number when this node has made them to different addresses.
   */
  take(target: string | object): TakenKey {
    const keys = this.#at(target);
    let key = keys.find(({ taken }) => !taken);
    if (key === undefined) {
      key = { ...newPeerKey(keys.length + 1, this.#randomBytes), taken: false };
      keys.push(key);
    }
    key.taken = true;
    return key;
  }

  /** Assigns a key to `peer` until it leaves. */
  assign(key: TakenKey, peer: RemotePeer): void {
    this.#peers.set(peer, key);
    if (peer.state === 'closed') key.taken = false;
  }

  /** Frees the peer's key for the next connection. */
  leave(peer: RemotePeer): void {
    const key = this.#peers.get(peer);
    if (key !== undefined) key.taken = false;
  }

  #at(target: string | object): TakenKey[] {
    // The transport refuses a target that is neither an object nor a string.
    if (Object(target) === target) {
      const keys = this.#targets.get(target as object) ?? [];
      this.#targets.set(target as object, keys);
      return keys;
    }
    const address = String(target);
    const known = this.#addresses.get(address);
    const keys = known ?? [];
    // Keeps the addresses in order of use, the latest last.
    this.#addresses.delete(address);
    this.#addresses.set(address, keys);
    if (known === undefined && this.#addresses.size > maxIdle) this.#forgetOne();
    return keys;
  }

  #forgetOne(): void {
    for (const [address, keys] of this.#addresses) {
      if (keys.length === 0 || keys.some(({ taken }) => taken)) continue;
      this.#addresses.delete(address);
      return;
    }
  }
}
