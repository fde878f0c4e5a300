/** Encodes each event once for all peers that have subscribed to it. */
import type { ErrorCodec } from '../../errors/wire-error.js';
import type { EncodedEvent, Publication } from '../../events/subscriber.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import { writeEventBody } from '../../wire/packets.js';
import type { ExtendedValues } from '../../wire/rich-values.js';
import { Writer } from '../../wire/writer.js';

/** Bytes of a block. Bodies are written one after the other into it; when it is full, a new one is allocated. */
const blockSize = 64 * 1024;

export class EventEncoder {
  #writer = new Writer(0, defaultLimits);
  /** Whether data is being read. Reading may run code of the program, which may emit events itself. */
  #busy = false;

  constructor(errors: ErrorCodec, values: ExtendedValues | undefined) {
    this.#writer.errors = errors;
    this.#writer.values = values;
  }

  /**
   * Returns the packet body of the event.
   *
   * @param named includes the event's name, for subscriptions to patterns
   * @throws NetronError when the data cannot be sent
   */
  encode(publication: Publication, named: boolean): EncodedEvent {
    const { encoded } = publication;
    const known = named ? encoded?.named : encoded?.plain;
    if (known !== undefined) return known;
    if (this.#busy) return this.#inside(publication, named);
    const writer = this.#writer;
    if (writer.position * 2 >= writer.buffer.length) writer.reset(new Uint8Array(blockSize));
    const { position } = writer;
    writer.elements = 0;
    writer.needed = 0;
    writer.costly = 0;
    this.#busy = true;
    try {
      writeEventBody(writer, named ? publication.event : undefined, publication.data);
    } catch (error) {
      writer.position = position;
      throw error;
    } finally {
      this.#busy = false;
    }
    const bytes = new Uint8Array(writer.buffer.buffer, writer.buffer.byteOffset + position, writer.position - position);
    const { elements, needed: features, costly } = writer;
    const body: EncodedEvent = { bytes, elements, features, costly };
    publication.encoded = named ? { named: body, plain: encoded?.plain } : { named: encoded?.named, plain: body };
    return body;
  }

  /**
   * Returns the packet body of the event for a receiver with lower limits than most, for instance of nesting.
   *
   * @throws NetronError when the data cannot be sent to it
   */
  encodeFor(limits: Readonly<Limits>, { event, data }: Publication, named: boolean): EncodedEvent {
    const writer = new Writer(0, limits);
    writer.errors = this.#writer.errors;
    writer.values = this.#writer.values;
    writeEventBody(writer, named ? event : undefined, data);
    const bytes = writer.buffer.subarray(0, writer.position);
    return { bytes, elements: writer.elements, features: writer.needed, costly: writer.costly };
  }

  /** Encodes an event that is emitted while another one is being encoded. */
  #inside(publication: Publication, named: boolean): EncodedEvent {
    const outer = this.#writer;
    this.#writer = new Writer(0, defaultLimits);
    this.#writer.errors = outer.errors;
    this.#writer.values = outer.values;
    this.#busy = false;
    try {
      return this.encode(publication, named);
    } finally {
      this.#writer = outer;
      this.#busy = true;
    }
  }
}
