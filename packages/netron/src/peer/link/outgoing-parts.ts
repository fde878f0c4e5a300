/** Sends long messages in parts, as far as the connection has room, so that short messages may pass between the parts. */

import type { Connection } from '../../transport/transport.js';
import { Fifo } from '../../util/fifo.js';
import type { Scheduler } from '../../util/scheduler.js';
import { longestWhole, maxCut, partSize } from '../../wire/limits.js';
import { writePart } from '../../wire/packets.js';
import { Writer } from '../../wire/writer.js';
import { loose, type Subject, subjectOf } from './packet-subject.js';

/** Bytes at which no further calls are written, since waiting messages occupy memory of this node. */
const crowdedFrom = 32 * 1024 * 1024;

/** Most parts sent in one turn of the event loop; other work runs in between. */
const partsAtOnce = 4;

/** Bytes before a part: its kind and its numbers. */
const headerRoom = 32;

interface Cut {
  readonly id: number;
  readonly message: Uint8Array;
  readonly subject: Subject;
  sent: number;
}

/** Action that waits until messages have been sent. */
interface Follower {
  /** Number of the last of these messages. */
  readonly after: number;
  readonly action: () => void;
}

export class OutgoingParts {
  readonly #connection: Pick<Connection, 'pending' | 'send'>;
  readonly #scheduler: Scheduler;
  readonly #drained: () => void;
  /** Messages that are being sent in parts, in turn. */
  #active: Cut[] = [];
  readonly #waiting = new Fifo<Cut>();
  /** The first waiting action, and the others. */
  #follower: Follower | undefined;
  readonly #followers = new Fifo<Follower>();
  #last = 0;
  #bytes = 0;
  #solid = 0;
  #scheduled = false;
  /** Whether the connection has no room. */
  #full = false;
  /** Whether senders wait until less is in progress. */
  #awaited = false;

  /** @param drained called when there is room again although the connection did not signal it */
  constructor(connection: Pick<Connection, 'pending' | 'send'>, scheduler: Scheduler, drained: () => void) {
    this.#connection = connection;
    this.#scheduler = scheduler;
    this.#drained = drained;
  }

  /** Bytes that have not been passed to the connection. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The same, without the longest message. */
  get excess(): number {
    if (this.#bytes === 0) return 0;
    let longest = 0;
    for (const { message, sent } of this.#active) longest = Math.max(longest, message.length - sent);
    return this.#bytes - longest;
  }

  /**
   * Bytes of long messages that were passed to the connection as a whole, because others could not overtake them, and may still be queued
   * there.
   */
  get solid(): number {
    if (this.#solid > 0 && this.#connection.pending === 0) this.#solid = 0;
    return this.#solid;
  }

  /** Number of messages so far. */
  get count(): number {
    return this.#last;
  }

  /** Whether messages are being sent. */
  get sending(): boolean {
    return this.#active.length > 0;
  }

  /** Whether so much waits that no further calls should be written. */
  get crowded(): boolean {
    return this.#bytes >= crowdedFrom || this.#waiting.size > 0;
  }

  /**
   * Sends a long packet.
   *
   * @param message the packet, or its compressed form
   * @param tied whether later packets may depend on it
   * @param full whether the connection has no room at the moment
   * @returns whether there is room for more
   */
  send(packet: Uint8Array, message: Uint8Array, tied: boolean, full: boolean): boolean {
    if (message.length <= longestWhole) return this.#connection.send(message, false);
    const subject = subjectOf(packet, 0);
    if (!tied && loose.has(subject.first & 0x1f)) return this.add(message, subject, full) && !this.crowded;
    this.#solid = this.solid + message.length;
    return this.addWhole(message, subject);
  }

  /**
   * Sends a message in parts.
   *
   * @param full whether the connection has no room at the moment
   * @returns whether the connection has room for more
   */
  add(message: Uint8Array, subject: Subject, full: boolean): boolean {
    this.#last += 1;
    const cut: Cut = { id: this.#last, message, subject, sent: 0 };
    this.#bytes += message.length;
    if (this.#active.length < maxCut) this.#active.push(cut);
    else this.#waiting.push(cut);
    this.#full = full;
    if (this.crowded) this.#awaited = true;
    return full ? false : this.pump();
  }

  /** Sends a message in parts without anything between them, since later packets may depend on it. */
  addWhole(message: Uint8Array, subject: Subject): boolean {
    this.#last += 1;
    const cut: Cut = { id: this.#last, message, subject, sent: 0 };
    let room = true;
    while (cut.sent < message.length) room = this.#connection.send(partOf(cut), true);
    return room;
  }

  /** Runs `action` when all messages in progress have been sent; at once when there are none. */
  behind(action: () => void): void {
    if (this.#active.length === 0) return action();
    const follower: Follower = { after: this.#last, action };
    if (this.#follower === undefined) this.#follower = follower;
    else this.#followers.push(follower);
  }

  /**
   * Sends at least one part, now that the connection has room again.
   *
   * @returns whether it has room for more
   */
  pump(): boolean {
    this.#full = false;
    for (let count = 0; count < partsAtOnce && !this.#full && this.#active.length > 0; count += 1) this.#sendNext();
    if (this.#full) return false;
    if (this.#active.length > 0) this.#schedule();
    if (this.#awaited && !this.crowded) {
      this.#awaited = false;
      this.#scheduler.nextTurn(this.#drained);
    }
    return true;
  }

  /** Sends everything regardless of room: the connection is about to close. */
  flush(): void {
    while (this.#active.length > 0) this.#sendNext();
  }

  /** Discards everything: the connection has ended. */
  close(): void {
    this.#active = [];
    this.#waiting.clear();
    this.#follower = undefined;
    this.#followers.clear();
    this.#bytes = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.nextTurn(() => {
      this.#scheduled = false;
      if (!this.#full) this.pump();
    });
  }

  #sendNext(): void {
    const cut = this.#active.shift() as Cut;
    const before = cut.sent;
    if (!this.#connection.send(partOf(cut), true)) this.#full = true;
    this.#bytes -= cut.sent - before;
    if (cut.sent < cut.message.length) return void this.#active.push(cut);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#active.push(next);
    this.#follow();
  }

  /** Runs the actions whose messages have been sent. Later messages have higher numbers. */
  #follow(): void {
    let oldest = Infinity;
    for (const { id } of this.#active) oldest = Math.min(oldest, id);
    while (this.#follower !== undefined && this.#follower.after < oldest) {
      const { action } = this.#follower;
      this.#follower = this.#followers.shift();
      action();
    }
  }
}

function partOf(cut: Cut): Uint8Array {
  const { id, message, subject, sent } = cut;
  const end = Math.min(sent + partSize, message.length);
  const writer = new Writer(end - sent + headerRoom);
  writePart(writer, id, sent === 0 ? { length: message.length, ...subject } : undefined, message.subarray(sent, end));
  cut.sent = end;
  return writer.buffer.subarray(0, writer.position);
}
