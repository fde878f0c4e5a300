/**
 * Inbox of a link: receives whole messages, decompresses them, and passes their packets to the link. Chunks that a packet has announced
 * arrive as messages of their own.
 */
import { NetronError } from '../../errors/netron-error.js';
import { Fifo } from '../../util/fifo.js';
import type { Limits } from '../../wire/limits.js';
import { exhausted } from '../../wire/malformed.js';
import { kinds, type PacketReader, readMessage } from '../../wire/packets.js';
import type { PeerNode } from '../peer-node.js';
import type { IncomingHandles } from '../references/incoming-handles.js';
import type { Compression } from './compression.js';
import type { IncomingParts } from './incoming-parts.js';
import type { RoutedLink } from './link-packets.js';

/** Most chunks that are announced and have not arrived. */
const maxAnnounced = 65_536;

/** The members of the link that an inbox uses. */
export interface InboxLink {
  readonly node: Pick<PeerNode, 'announced' | 'errors' | 'limits' | 'reader' | 'values'> & {
    readonly parts: { readonly packets: readonly PacketReader<RoutedLink>[] };
  };
  readonly incomingHandles: IncomingHandles;
  readonly incomingStreams: { item(stream: number, value: unknown, size: number): void };
}

export class Inbox {
  readonly #link: InboxLink;
  readonly #routed: RoutedLink;
  /** Absent when the two ends have no compression in common. */
  readonly #compression: Compression | undefined;
  /** Announced chunks, in order of arrival. */
  readonly #announced = new Fifo<{ readonly stream: number; readonly length: number }>();
  /** Limits of the messages that the other end may send. */
  readonly #limits: Readonly<Limits>;
  /** Whether values may contain cycles. */
  readonly #graphs: boolean;
  /** Creates the assembler of messages in parts; absent when the other end sends none. */
  readonly #makeParts: (() => IncomingParts) | undefined;
  /** Messages that have arrived partly; absent until the first. */
  #parts: IncomingParts | undefined;
  /** Whether the node's reader is inside a message of this link. */
  #reading = false;

  /**
   * @param makeParts called for the first part, when the other end sends long messages in parts
   * @param graphs whether values may contain cycles
   */
  constructor(
    link: InboxLink,
    routed: RoutedLink,
    compression: Compression | undefined,
    makeParts: (() => IncomingParts) | undefined,
    graphs: boolean,
  ) {
    this.#graphs = graphs;
    this.#link = link;
    this.#routed = routed;
    this.#compression = compression;
    this.#limits = makeParts === undefined ? link.node.announced : link.node.limits;
    this.#makeParts = makeParts;
  }

  /** Expects a later message to be a chunk of `stream` and nothing else. */
  announce(stream: number, length: number): void {
    if (this.#announced.size >= maxAnnounced) throw exhausted(`more than ${maxAnnounced} chunks announced`);
    this.#announced.push({ stream, length });
  }

  /** @throws NetronError for violations of the protocol */
  receive(message: Uint8Array): void {
    const { node, incomingHandles, incomingStreams } = this.#link;
    const { reader } = node;
    const announced = this.#announced.shift();
    const whole = announced === undefined ? this.#whole(message) : message;
    if (whole === undefined) return;
    reader.limits = this.#limits;
    const bytes = announced === undefined ? (this.#compression?.inflate(whole, reader) ?? whole) : message;
    reader.load(bytes);
    if (announced !== undefined) {
      const { stream, length } = announced;
      if (length !== bytes.length)
        throw new NetronError('invalid_argument', `expected a chunk of ${length} bytes, got ${bytes.length}`);
      return incomingStreams.item(stream, reader.binary(length), length);
    }
    reader.handles = incomingHandles;
    reader.errors = node.errors;
    reader.values = node.values;
    reader.graph = this.#graphs ? [] : undefined;
    this.#reading = true;
    try {
      readMessage(reader, this.#routed, node.parts.packets);
    } finally {
      this.#reading = false;
    }
  }

  /** Discards the rest of the message being read: the link has ended. */
  close(): void {
    const { reader } = this.#link.node;
    if (this.#reading) reader.end = reader.position;
    this.#parts?.close();
  }

  /** Returns the message itself, or the one that it completes; `undefined` while parts are missing. */
  #whole(message: Uint8Array): Uint8Array | undefined {
    if (this.#makeParts === undefined || ((message[0] as number) & 0x1f) !== kinds.part) return message;
    this.#parts ??= this.#makeParts();
    return this.#parts.receive(message);
  }
}
