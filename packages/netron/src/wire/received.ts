/** References and streams that came with the values of one packet: the packet's sink takes them, or they are given back. */
import { NetronError } from '../errors/netron-error.js';

/** A reference or stream that came with a value; disposing of it says that nobody wants it. */
export interface ReceivedHandle extends Disposable {
  /** `service.method` of the call that it came with; empty for those of events. */
  owner?: string;
  /**
   * The program has it now.
   *
   * @param parent handle of the object whose call has returned it
   */
  transfer(parent?: number): void;
}

/** Handles of one packet, with the first reason why a value of it cannot be had here. */
export class Received {
  /** Reason why a value was refused, although the packet itself is well formed. */
  failure: NetronError | undefined;
  /** Places of results of calls under way, which arguments have named. */
  awaited: object[] | undefined;
  #handles: ReceivedHandle[] = [];

  add(handle: ReceivedHandle): void {
    this.#handles.push(handle);
  }

  /**
   * Hands them over: whoever takes them transfers or disposes of each. `undefined` when there are none.
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
   * Transfers them to the program.
   *
   * @param parent handle of the object whose call has returned them
   * @param owner `service.method` of that call
   */
  transfer(parent?: number, owner?: string): void {
    for (const handle of this.take(owner) ?? []) handle.transfer(parent);
  }

  /** Gives back what nobody has taken. */
  release(): void {
    releaseAll(this.take());
  }
}

/** Returns the reason why a packet that is no call fails: results of calls under way belong into arguments only. */
export function failureOf(received: Received | undefined): NetronError | undefined {
  if (received?.awaited === undefined) return received?.failure;
  return received.failure ?? new NetronError('invalid_argument', 'the peer has sent a result to come outside of arguments');
}

/** Gives handles back that nobody wants. */
export function releaseAll(handles: readonly ReceivedHandle[] | undefined): void {
  if (handles !== undefined) for (const handle of handles) handle[Symbol.dispose]();
}
