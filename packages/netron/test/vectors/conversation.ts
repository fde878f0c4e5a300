/** A recorded conversation, and what it says: which packets, whatever messages and chunks they came in. */

import { readFileSync } from 'node:fs';
import { baseLimits } from '../../src/wire/limits.js';
import { type PacketSink, readPackets } from '../../src/wire/packets.js';
import { richReader } from '../../src/wire/rich-values.js';
import { errors, fieldsOf, handles, toNotation } from './notation.js';
import { type Frame, type WireName, wires } from './wires.js';

/** One of the files `conversation-….json`. */
export interface Conversation {
  /** What passed between the two ends, in order: from the client (`>`), from the server (`<`). */
  readonly frames: readonly (readonly ['>' | '<', Frame])[];
  /** What the client's program got, step by step, in the notation of the vectors. */
  readonly outcome: readonly unknown[];
  /** What the server's program was asked. */
  readonly asked: readonly unknown[];
}

export function loadConversation(name: WireName): Conversation {
  return JSON.parse(readFileSync(new URL(`conversation-${name}.json`, import.meta.url), 'utf8')) as Conversation;
}

/** Fields of `hello` that both ends must keep to; what else it says may change. */
const greetingFields = ['id', 'ordinal', 'session', 'services'];

/** Reads one direction of a conversation. */
export class Listener {
  /** What was said, by what it belongs to, in the notation of the vectors. Bytes of a stream are one text. */
  readonly said = new Map<string, unknown[]>();
  /** Packets so far, without those of which a later version may send more or fewer. */
  count = 0;
  readonly #message: (frame: Frame) => Uint8Array | undefined;
  readonly #reader = Object.assign(richReader({ ...baseLimits, depth: 256 }), { handles, errors });
  /** Streams whose chunks are the next messages. */
  readonly #raw: number[] = [];

  constructor(name: WireName) {
    this.#message = wires[name].message;
  }

  hear(frame: Frame): void {
    const bytes = this.#message(frame);
    if (bytes === undefined) {
      // What two processes say to agree on a connection.
      if (Array.isArray(frame) && ['hello', 'ready', 'open', 'accept'].includes(frame[0])) this.count += 1;
      return;
    }
    const stream = this.#raw.shift();
    if (stream !== undefined) {
      this.#addBytes(stream, bytes);
      return;
    }
    this.#reader.load(bytes);
    const sink = new Proxy({} as PacketSink, {
      get:
        (_target, kind: string) =>
        (...fields: unknown[]) =>
          this.#packet(kind, fieldsOf(kind, fields)),
    });
    readPackets(this.#reader, sink);
  }

  #packet(kind: string, fields: readonly unknown[]): void {
    const [id] = fields as [number];
    if (kind === 'raw') this.#raw.push(id);
    else if (kind === 'bytes') this.#addBytes(id, fields[1] as Uint8Array);
    else if (!['credit', 'ping', 'pong', 'services', 'release'].includes(kind)) {
      this.count += 1;
      const stream = ['item', 'end', 'fail'].includes(kind);
      const place = typeof id === 'number' && kind !== 'hello' ? `${stream ? 'stream' : kind} ${id}` : kind;
      this.#add(place, ...this.#facts(kind, fields));
    }
  }

  #facts(kind: string, fields: readonly unknown[]): unknown[] {
    if (kind === 'hello') {
      const [version, body] = fields as [number, Record<string, unknown>];
      return [version, ...greetingFields.map((field) => toNotation(body[field]))];
    }
    // The size of an item is a matter of how it is written.
    const kept = kind === 'item' ? fields.slice(1, 2) : kind === 'goodbye' ? fields.slice(0, 1) : fields.slice(1);
    return [kind, ...kept.map(toNotation)];
  }

  #addBytes(stream: number, bytes: Uint8Array): void {
    const place = `bytes ${stream}`;
    const [before = ''] = (this.said.get(place) ?? []) as string[];
    this.said.set(place, [before + Buffer.from(bytes).toString('hex')]);
  }

  #add(place: string, ...facts: unknown[]): void {
    this.said.set(place, [...(this.said.get(place) ?? []), facts]);
  }
}

/** What one end says in a recording. */
export function saidBy(direction: '>' | '<', { frames }: Conversation, name: WireName): Map<string, unknown[]> {
  const listener = new Listener(name);
  for (const [from, frame] of frames) if (from === direction) listener.hear(frame);
  return listener.said;
}
