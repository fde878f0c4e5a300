/** Under which numbers this node has connected to each address: the other end tells its connections apart by them. */
import { newSeat } from '../peer/link/hello.js';
import type { RemotePeer } from '../peer/remote-peer.js';

/** Addresses that are remembered, at most, once no connection leads to them. */
const maxIdle = 1_000;

/** A seat, and whether somebody has it. */
export type TakenSeat = ReturnType<typeof newSeat> & { taken: boolean };

/** The seats of one node, at every address. */
export class Seats {
  readonly #addresses = new Map<string, TakenSeat[]>();
  /** Of what is connected to directly, such as workers. */
  readonly #targets = new WeakMap<object, TakenSeat[]>();
  readonly #peers = new WeakMap<RemotePeer, TakenSeat>();

  /** The lowest free number for connections to `target`. Who comes back under it shows the secret it had. */
  take(target: string | object): TakenSeat {
    const seats = this.#at(target);
    let seat = seats.find(({ taken }) => !taken);
    if (seat === undefined) {
      seat = { ...newSeat(seats.length + 1), taken: true };
      seats.push(seat);
    }
    seat.taken = true;
    return seat;
  }

  /** The seat is `peer`'s until it leaves. */
  assign(seat: TakenSeat, peer: RemotePeer): void {
    this.#peers.set(peer, seat);
    if (peer.state === 'closed') seat.taken = false;
  }

  /** Whoever connects next may have the peer's seat. */
  leave(peer: RemotePeer): void {
    const seat = this.#peers.get(peer);
    if (seat !== undefined) seat.taken = false;
  }

  #at(target: string | object): TakenSeat[] {
    // What is neither is refused by the transport.
    if (Object(target) === target) {
      const seats = this.#targets.get(target as object) ?? [];
      this.#targets.set(target as object, seats);
      return seats;
    }
    const address = String(target);
    const known = this.#addresses.get(address);
    const seats = known ?? [];
    // The one asked for last stands last.
    this.#addresses.delete(address);
    this.#addresses.set(address, seats);
    if (known === undefined && this.#addresses.size > maxIdle) this.#forgetOne();
    return seats;
  }

  #forgetOne(): void {
    for (const [address, seats] of this.#addresses) {
      if (seats.length === 0 || seats.some(({ taken }) => taken)) continue;
      this.#addresses.delete(address);
      return;
    }
  }
}
