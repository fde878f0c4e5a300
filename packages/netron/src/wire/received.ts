/** References and streams in the values of one packet. The packet's sink takes them; the rest is released. */
import { NetronError } from '../errors/netron-error.js';

/** A reference or stream in a value; disposing of it tells the other end that it is not needed. */
export interface ReceivedHandle extends Disposable {
  /** `service.method` of the call that it came with; empty in events. */
  owner?: string;
  /**
   * Passes it to the program.
   *
   * @param parent reference to the object whose call has returned it
   */
  transfer(parent?: object): void;
}

/** Handles of one packet, with the first reason why a value of it could not be received. */
export class Received {
  /** Reason why a value was refused, although the packet itself is well formed. */
  failure: NetronError | undefined;
  /** Placeholders for the results of pending calls in the arguments. */
  awaited: object[] | undefined;
  #handles: ReceivedHandle[] = [];

  add(handle: ReceivedHandle): void {
    this.#handles.push(handle);
  }

  /**
   * Takes the handles over; the caller must transfer or dispose of each. `undefined` when there are none.
   *
   * @param owner `service.method` of the call that they came with
   */
  take(owner?: string): ReceivedHandle[] | undefined {
    const handles = this.#handles;
    if (handles.length === 0) return undefined;
    if (owner !== undefined) for (const handle of handles) handle.owner = owner;
    this.#handles = [];
    return handles;
  }

  /**
   * Passes them to the program.
   *
   * @param parent reference to the object whose call has returned them
   * @param owner `service.method` of that call
   */
  transfer(parent?: object, owner?: string): void {
    for (const handle of this.take(owner) ?? []) handle.transfer(parent);
  }

  /** Releases those that were not taken. */
  release(): void {
    releaseAll(this.take());
  }
}

/** Returns the reason why a packet other than a call fails: results of pending calls are allowed only in arguments. */
export function failureOf(received: Received | undefined): NetronError | undefined {
  if (received?.awaited === undefined) return received?.failure;
  return received.failure ?? new NetronError('invalid_argument', 'the peer sent a pending result outside of arguments');
}

/** Releases handles that are not needed. */
export function releaseAll(handles: readonly ReceivedHandle[] | undefined): void {
  if (handles !== undefined) for (const handle of handles) handle[Symbol.dispose]();
}
