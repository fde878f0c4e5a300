/** An outbox on a connection that only records, for tests of the parts of a link. */
import { ErrorRegistry } from '../src/errors/error-registry.js';
import { BufferPool } from '../src/peer/link/buffer-pool.js';
import { Outbox } from '../src/peer/link/outbox.js';
import { OutgoingParts } from '../src/peer/link/outgoing-parts.js';
import { systemScheduler } from '../src/util/scheduler.js';
import { TurnEnds } from '../src/util/turn-end.js';
import { type DecodedPacket, decodeMessage } from '../src/wire/decode-message.js';
import { defaultLimits, type Limits } from '../src/wire/limits.js';

export class RecordedOutbox {
  /** Messages as the connection got them, oldest first. */
  readonly messages: Uint8Array[] = [];
  /** A connection; `room` is what it answers to `send`. */
  readonly connection = {
    pending: 0,
    room: true,
    send: (message: Uint8Array): boolean => {
      this.messages.push(message.slice());
      return this.connection.room;
    },
  };
  readonly pool = new BufferPool();
  readonly outbox: Outbox;
  #endTurn: () => void = () => {};

  /**
   * @param limits that the receiver accepts
   * @param drained given: the receiver takes long messages in parts
   */
  constructor(limits: Partial<Limits> = {}, drained?: () => void) {
    const turnEnds = new TurnEnds({
      turnEnd: (action) => {
        this.#endTurn = action;
      },
    });
    const parts = drained && (() => new OutgoingParts(this.connection, systemScheduler, drained));
    this.outbox = new Outbox(this.connection, this.pool, turnEnds, undefined, parts);
    this.outbox.writer.errors = new ErrorRegistry();
    this.outbox.limits = { ...defaultLimits, ...limits };
  }

  /** Ends the turn: what was written leaves. */
  endTurn(): void {
    const end = this.#endTurn;
    this.#endTurn = () => {};
    end();
  }

  /** Ends the turn and returns the packets that have left since the last time. */
  packets(): DecodedPacket[] {
    this.endTurn();
    return this.messages.splice(0).flatMap((message) => decodeMessage(message));
  }
}
