/**
 * Assembles long messages from their parts. Memory is allocated as parts arrive, not as they are announced, and counts towards one budget
 * of the node; a message beyond the budget is refused on its own.
 */
import { allocate } from '#platform';
import { NetronError } from '../../errors/netron-error.js';
import { violation } from '../../transport/close.js';
import { LazyMap } from '../../util/lazy-map.js';
import { notTicking, type Ticker, type Ticking } from '../../util/ticker.js';
import { type Limits, longestWhole, maxCut } from '../../wire/limits.js';
import { exhausted, malformed } from '../../wire/malformed.js';
import { flags, kinds } from '../../wire/packets.js';
import type { Reader } from '../../wire/reader.js';
import type { Subject } from './packet-subject.js';
import type { ReceiveAccount } from './receive-budget.js';

/** Milliseconds without a further part after which a message is abandoned. */
const abandonedAfter = 30_000;

/** Milliseconds after which a message that was refused for lack of memory may be sent again. */
const retryAfterMs = 1_000;

/** The members of the link that incoming parts use. */
export interface AssemblingLink {
  readonly node: { readonly reader: Reader; readonly limits: Pick<Limits, 'message'>; readonly beats: Ticker };
  readonly account: Pick<ReceiveAccount, 'give' | 'held' | 'take'>;
}

interface Assembly {
  readonly length: number;
  readonly subject: Subject;
  /** The parts received so far; absent when the message was refused. */
  buffer: Uint8Array | undefined;
  filled: number;
  /** Arrival time of its last part. */
  at: number;
}

export class IncomingParts implements Ticking {
  tickerPlace = notTicking;
  readonly #link: AssemblingLink;
  readonly #refuse: (subject: Subject, error: NetronError) => void;
  readonly #assemblies = new LazyMap<number, Assembly>();

  /** @param refuse called for a message that is not received completely: its call or stream fails */
  constructor(link: AssemblingLink, refuse: (subject: Subject, error: NetronError) => void) {
    this.#link = link;
    this.#refuse = refuse;
  }

  /**
   * Receives one part.
   *
   * @returns the message that it completes; `undefined` while parts are missing
   * @throws NetronError for violations of the protocol
   */
  receive(bytes: Uint8Array): Uint8Array | undefined {
    const { reader, beats } = this.#link.node;
    reader.load(bytes);
    const first = reader.u8();
    const id = reader.varint();
    if ((first & ~flags.first) !== kinds.part) throw malformed('a part with an unknown flag');
    const assembly = first === kinds.part ? this.#assemblies.get(id) : this.#begin(id, reader);
    if (assembly === undefined) throw malformed('a part of an unknown message');
    const part = bytes.subarray(reader.position);
    if (part.length === 0 || part.length > assembly.length - assembly.filled) throw malformed('a part with a wrong length');
    assembly.at = beats.now;
    return this.#add(id, assembly, part);
  }

  /** Abandons messages that have stalled. */
  tick(now: number): boolean {
    for (const assembly of this.#assemblies.values()) {
      if (assembly.buffer === undefined || now - assembly.at <= abandonedAfter) continue;
      // Its number stays known: further parts may still arrive and are skipped.
      this.#free(assembly);
      this.#refuse(assembly.subject, new NetronError('deadline_exceeded', 'the rest of a long message did not arrive'));
    }
    return this.#assemblies.size > 0;
  }

  close(): void {
    this.#assemblies.clear();
    this.#link.node.beats.remove(this);
  }

  #begin(id: number, reader: Reader): Assembly {
    const { limits, beats } = this.#link.node;
    const length = reader.varint();
    const subject: Subject = { first: reader.u8(), number: reader.varint() };
    if (length === 0 || this.#assemblies.has(id)) throw malformed('a part that starts a message twice');
    if (length > limits.message) throw violation(1009, `a message of ${length} bytes exceeds the limit of ${limits.message}`);
    if (this.#assemblies.size >= maxCut) throw exhausted(`more than ${maxCut} messages in parts at a time`);
    const assembly: Assembly = { length, subject, buffer: allocate(0), filled: 0, at: beats.now };
    this.#assemblies.set(id, assembly);
    beats.add(this);
    return assembly;
  }

  #add(id: number, assembly: Assembly, part: Uint8Array): Uint8Array | undefined {
    const end = assembly.filled + part.length;
    if (assembly.buffer !== undefined && !this.#grow(assembly, end)) {
      this.#free(assembly);
      const text = 'the memory for incoming messages is used up (option limits.receiving)';
      this.#refuse(assembly.subject, new NetronError('resource_exhausted', text, { retryAfterMs }));
    }
    assembly.buffer?.set(part, assembly.filled);
    assembly.filled = end;
    if (end < assembly.length) return undefined;
    this.#assemblies.delete(id);
    if (this.#assemblies.size === 0) this.#link.node.beats.remove(this);
    const { buffer } = assembly;
    this.#free(assembly);
    return buffer;
  }

  /** Makes room for `needed` bytes by doubling the buffer, but never beyond the length of the message. */
  #grow(assembly: Assembly, needed: number): boolean {
    const { buffer = allocate(0), length, filled } = assembly;
    if (needed <= buffer.length) return true;
    const size = Math.min(length, Math.max(needed * 2, longestWhole));
    if (!this.#link.account.take(size - buffer.length)) return false;
    assembly.buffer = allocate(size);
    assembly.buffer.set(buffer.subarray(0, filled));
    return true;
  }

  #free(assembly: Assembly): void {
    this.#link.account.give(assembly.buffer?.length ?? 0);
    assembly.buffer = undefined;
  }
}
