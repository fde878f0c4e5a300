/** Pending calls: slots in a ring that are found by call id, without a map that changes with each call. */

import type { CallHeader } from '../../wire/packets.js';
import type { Mark } from '../../wire/writer.js';
import type { CallWatcher } from './call-sender.js';
import { Callee } from './callee.js';

/** A slot, whose object is reused by later calls. Its mark is the position of the packet in the outgoing message. */
export interface PendingCall extends Mark {
  /** 0 when the slot is free. */
  id: number;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
  /** Monotonic milliseconds; `Infinity` for none. */
  deadline: number;
  /** Whether other calls refer to its result, so that the callee holds it. */
  held: boolean;
  /** Whether its packet has not been written. Meanwhile, the slot is not reused. */
  unsent: boolean;
  /** Properties that are sent with the call, and flags of its packet. */
  header: CallHeader | undefined;
  flags: number;
  callee: Callee;
  /** Is notified how the call ends. */
  watcher: CallWatcher | undefined;
  /** Removes the listeners for cancellation. */
  settle: (() => void) | undefined;
}

// Ids stay small integers in the engine. An id is reused after 2^30 calls.
const lastId = 2 ** 30;

const none: readonly PendingCall[] = [];

const idle = (): void => {};
const nobody = new Callee(0, 0, '', '');

export class PendingCalls {
  size = 0;
  /** Empty until the first call. */
  #slots: readonly PendingCall[] = none;
  #mask = 0;
  #next = 1;

  /** Returns a free slot with a new id. */
  acquire(): PendingCall {
    if (this.size * 4 >= this.#slots.length * 3) this.#grow(Math.max(4, this.#slots.length * 2));
    for (;;) {
      const id = this.#next;
      this.#next = id === lastId ? 1 : id + 1;
      const slot = this.#slots[id & this.#mask] as PendingCall;
      if (slot.id !== 0) continue; // a long call still occupies the slot
      slot.id = id;
      this.size += 1;
      return slot;
    }
  }

  /** Returns the pending call with an id; `undefined` when it has ended or never existed. */
  find(id: number): PendingCall | undefined {
    const slot = this.#slots[id & this.#mask];
    return slot !== undefined && slot.id === id && id !== 0 ? slot : undefined;
  }

  /** Frees the slot. Read what you need from it before. */
  release(slot: PendingCall): void {
    slot.id = 0;
    slot.resolve = idle;
    slot.reject = idle;
    slot.held = false;
    slot.header = undefined;
    slot.unsent = false;
    slot.watcher = undefined;
    if (slot.settle !== undefined) {
      slot.settle();
      slot.settle = undefined;
    }
    this.size -= 1;
  }

  /** Iterates over all pending calls; slots may be released meanwhile. */
  *[Symbol.iterator](): Generator<PendingCall> {
    for (const slot of this.#slots) if (slot.id !== 0) yield slot;
  }

  #grow(length: number): void {
    const taken = this.#slots.filter((slot) => slot.id !== 0);
    const free = this.#slots.filter((slot) => slot.id === 0);
    const slots = new Array<PendingCall | undefined>(length).fill(undefined);
    this.#mask = length - 1;
    for (const slot of taken) slots[slot.id & this.#mask] = slot;
    this.#slots = slots.map((slot) => slot ?? free.pop() ?? newSlot());
  }
}

function newSlot(): PendingCall {
  return {
    id: 0,
    resolve: idle,
    reject: idle,
    deadline: 0,
    position: 0,
    message: 0,
    held: false,
    unsent: false,
    header: undefined,
    flags: 0,
    callee: nobody,
    watcher: undefined,
    settle: undefined,
  };
}
