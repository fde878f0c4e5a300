/**
 * Values that stay at this end and are sent as a number: functions, service objects, streams and blobs. Registers them in the tables of
 * the link, and takes them back when their packet is not sent.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import { targetOf } from '../../service/call/proxy.js';
import { type BlobFacts, isBlobFacts, RemoteBlob } from '../../service/call/remote-blob.js';
import { isStreamSource, type ReportError, type StreamSource, streamSource } from '../../service/call/stream-source.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { type HandleEncoder, handleTypes } from '../../wire/handles.js';
import { valueFeatures } from '../../wire/value-features.js';
import { writeAny, writeValue } from '../../wire/value-writer.js';
import type { Writer } from '../../wire/writer.js';
import { arrivedResult, CallPromise, ResultToCome } from '../calls/call-promise.js';
import type { CallName } from '../calls/callee.js';
import type { PacketHandles } from '../link/outbox.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import { streamKinds } from '../streams/stream-kinds.js';
import { isWritable } from '../streams/writable.js';
import { ByReference } from './by-reference.js';
import { definitionBody } from './definitions.js';
import type { Exports } from './exports.js';
import type { Imports } from './imports.js';
import { Method, methodOf } from './method.js';
import { Reference } from './reference.js';

/** The members of the link that outgoing handles use. */
export interface EncodingLink {
  readonly node: { readonly parts: { readonly callbacks: { writable(stream: WritableStream<unknown>): object } } };
  readonly exports: Pick<Exports, 'add' | 'bind' | 'get' | 'release'>;
  readonly imports: Imports;
  readonly outgoingStreams: Pick<OutgoingStreams, 'open' | 'stop' | 'withdraw'>;
  /** Reports a failure that no caller awaits. */
  readonly reportError: ReportError;
}

/** Undoes the registration of a value, which began at `position` of the writer. */
interface Undo {
  readonly position: number;
  readonly undo: (again: boolean) => void;
}

export class OutgoingHandles implements HandleEncoder<Writer>, PacketHandles {
  readonly #link: EncodingLink;
  /** Registrations of the present packet, to be undone when it cannot be written. */
  #undo: Undo[] = [];
  /** Streams of a packet that is written again: a web stream cannot be opened twice. */
  #sources: WeakMap<object, StreamSource> | undefined;
  #call: CallContext | undefined;
  #target: CallName | undefined;
  /** Definitions sent on this link, and their numbers. */
  readonly #sentDefinitions = new LazyMap<ServiceDefinition, number>();
  #streamsOpened = 0;
  /** Returns the number of a pending call whose result the packet being written may refer to; absent when it may refer to none. */
  nameOf: ((promise: CallPromise) => number | undefined) | undefined = undefined;

  constructor(link: EncodingLink) {
    this.#link = link;
  }

  begin(call?: CallContext, target?: CallName): void {
    this.#call = call;
    this.#target = target;
    this.#streamsOpened = 0;
    if (this.#undo.length > 0) this.#undo = [];
  }

  /**
   * Undoes all registrations of a packet that was not sent.
   *
   * @param again whether the packet will be written again, so that its streams are kept
   * @param error reason why it could not be written: when it is a pending result in the arguments, the call is made after the result has
   *   arrived
   */
  rollback(again: boolean, error: unknown): void {
    const keep = again || (this.#call === undefined && ResultToCome.of(error) !== undefined);
    for (const { undo } of this.#undo.splice(0)) undo(keep);
  }

  retract(position: number): void {
    const first = this.#undo.findIndex((entry) => entry.position >= position);
    if (first >= 0) for (const { undo } of this.#undo.splice(first)) undo(false);
  }

  /** Whether the packet being written contains streams: its call lasts until they end. */
  get streaming(): boolean {
    return this.#streamsOpened > 0;
  }

  encode(given: object, writer: Writer, holder?: object): boolean {
    const value = given instanceof ByReference ? given.target : given;
    if (value instanceof CallPromise) {
      // Inside of a container that the receiver converts as a whole, the result itself is needed.
      const call = writer.sealed > 0 ? undefined : this.nameOf?.(value);
      if (call === undefined) writeValue(writer, arrivedResult(value), 'result');
      else writer.extension(handleTypes.result, () => writeValue(writer, call));
      return true;
    }
    if (isWritable(value)) {
      writer.need(valueFeatures.writable, 'is a WritableStream');
      return this.encode(this.#link.node.parts.callbacks.writable(value), writer);
    }
    writer.tied = true;
    const to = targetOf(value);
    if (to instanceof Reference && to.link.imports === this.#link.imports) {
      if (to.count <= 0) throw to.released;
      writer.extension(handleTypes.own, () => writeValue(writer, to.handle));
      return true;
    }
    if (typeof value === 'function' || to !== undefined || this.#link.exports.bind(value) !== undefined) {
      const method = holder !== undefined && to === undefined;
      this.#encodeReference(method ? methodOf(holder, value as () => unknown) : value, writer);
      return true;
    }
    if (value instanceof RemoteBlob || (typeof Blob === 'function' && value instanceof Blob)) {
      this.#encodeBlob(value, writer);
      return true;
    }
    if (!isStreamSource(value)) return false;
    const source = this.#sourceOf(value, value);
    const { fields } = source;
    if (fields !== undefined) writer.need(valueFeatures.values, 'is an async iterable with fields');
    const id = this.#openStream(value, source, writer);
    writer.extension(handleTypes.stream, () => {
      writeValue(writer, id);
      writeValue(writer, streamKinds.indexOf(source.kind));
      if (fields === undefined) return;
      writer.sealed++;
      writeAny(writer, fields);
      writer.sealed--;
    });
    return true;
  }

  owns(value: object): boolean {
    return this.#link.exports.bind(value) !== undefined || isStreamSource(value);
  }

  #encodeReference(value: object, writer: Writer): void {
    const { exports } = this.#link;
    const handle = exports.add(value);
    this.#handedOut(writer, () => exports.release(handle, 1));
    const definition = typeof value === 'function' || value instanceof Method ? undefined : exports.get(handle)?.definition;
    writer.extension(handleTypes.reference, () => {
      writeValue(writer, handle);
      writeValue(writer, definition === undefined ? null : this.#definitionBody(definition, writer));
    });
  }

  /** Returns the whole definition the first time, later its number. */
  #definitionBody(definition: ServiceDefinition, writer: Writer): unknown {
    const known = this.#sentDefinitions.get(definition);
    if (known !== undefined) return known;
    const number = this.#sentDefinitions.size;
    this.#sentDefinitions.set(definition, number);
    this.#handedOut(writer, () => this.#sentDefinitions.delete(definition));
    return [number, ...definitionBody(definition)];
  }

  #sourceOf(key: object, stream: object): StreamSource {
    const known = this.#sources?.get(key);
    this.#sources?.delete(key);
    return known ?? streamSource(stream, this.#call, this.#link.reportError);
  }

  /** Remembers how to undo the registration of the value at the writer's position. */
  #handedOut(writer: Writer, undo: Undo['undo']): void {
    this.#undo.push({ position: writer.position, undo });
  }

  #openStream(key: object, source: StreamSource, writer: Writer): number {
    const { outgoingStreams: outgoing } = this.#link;
    const id = outgoing.open(source, this.#call ?? this.#target);
    this.#streamsOpened += 1;
    this.#handedOut(writer, (again) => {
      if (!again) return outgoing.stop(id);
      outgoing.withdraw(id);
      this.#sources ??= new WeakMap();
      this.#sources.set(key, source);
    });
    return id;
  }

  #encodeBlob(blob: Blob | RemoteBlob, writer: Writer): void {
    const { name, lastModified } = blob as Partial<File>;
    const facts: BlobFacts = {
      size: blob.size,
      type: blob.type,
      ...(name !== undefined && { name }),
      // Node keeps fractions of a millisecond, which the standard truncates.
      ...(lastModified !== undefined && { lastModified: Math.trunc(lastModified) || 0 }),
    };
    if (!isBlobFacts(facts)) throw new NetronError('invalid_argument', 'its size, type, name or time is invalid');
    const id = this.#openStream(blob, this.#sourceOf(blob, blob.stream()), writer);
    writer.extension(handleTypes.blob, () => {
      writeValue(writer, id);
      writeValue(writer, facts);
    });
  }
}
