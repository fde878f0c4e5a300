/** Numbers of the connections that this node has to each address: the other end tells them apart by these. */
import { newPeerKey } from '../peer/link/hello.js';
import type { RemotePeer } from '../peer/remote-peer.js';

/** Addresses that are remembered, at most, once no connection leads to them. */
const maxIdle = 1_000;

/** A key, and whether a connection uses it. */
export type TakenKey = ReturnType<typeof newPeerKey> & { taken: boolean };

/** The keys of one node, for every address. */
export class PeerKeys {
  readonly #addresses = new Map<string, TakenKey[]>();
  /** Of what is connected to directly, such as workers. */
  readonly #targets = new WeakMap<object, TakenKey[]>();
  readonly #peers = new WeakMap<RemotePeer, TakenKey>();
  readonly #randomBytes: (length: number) => Uint8Array;

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /**
   * Returns the key with the lowest free number for connections to `target`. A reconnect shows the same secret.
   *
   * @param others peers of the node that answers there, which may have been reached by other addresses: their numbers are not free
   */
  take(target: string | object, others: readonly RemotePeer[] = []): TakenKey {
    const keys = this.#at(target);
    const used = new Set(others.map((peer) => this.#peers.get(peer)?.ordinal));
    for (let number = 1; ; number += 1) {
      if (keys.length < number) keys.push({ ...newPeerKey(number, this.#randomBytes), taken: false });
      const key = keys[number - 1] as TakenKey;
      if (key.taken || used.has(number)) continue;
      key.taken = true;
      return key;
    }
  }

  /** The key is `peer`'s until it leaves. */
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
    // What is neither is refused by the transport.
    if (Object(target) === target) {
      const keys = this.#targets.get(target as object) ?? [];
      this.#targets.set(target as object, keys);
      return keys;
    }
    const address = String(target);
    const known = this.#addresses.get(address);
    const keys = known ?? [];
    // The one asked for last stands last.
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
