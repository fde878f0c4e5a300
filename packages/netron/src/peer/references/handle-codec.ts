/**
 * Values that stay where they are: receives functions, service objects, streams and blobs from the value codec, hands
 * them to the link's tables and writes their numbers; and the way back.
 */

import { NetronError } from '../../errors/netron-error.js';
import { isPlain } from '../../errors/plain-data.js';
import type { CallContext } from '../../service/call/context.js';
import { targetOf } from '../../service/call/proxy.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { type HandleDecoder, type HandleEncoder, handleTypes } from '../../wire/handles.js';
import { type Reader } from '../../wire/reader.js';
import { valueFeatures } from '../../wire/value-features.js';
import { readValue } from '../../wire/value-reader.js';
import { writeValue } from '../../wire/value-writer.js';
import type { Writer } from '../../wire/writer.js';
import { arrivedResult, CallPromise } from '../calls/call-promise.js';
import type { PeerNode } from '../peer-node.js';
import type { IncomingStreams, ReceivedHandle } from '../streams/incoming.js';
import type { OutgoingStreams } from '../streams/outgoing.js';
import { type BlobFacts, isBlobFacts, RemoteBlob } from '../streams/remote-blob.js';
import { presentStream } from '../streams/remote-stream.js';
import { isStreamSource, type ReportError, type StreamKind, StreamSource, streamSource } from '../streams/source.js';
import { definitionBody } from './definitions.js';
import type { Exports } from './exports.js';
import { type Imports, Reference } from './imports.js';
import { Method, methodOf } from './method.js';

const streamKinds: readonly StreamKind[] = ['iterable', 'web'];

/** Handle that came with a call's arguments; it is disposed of when the call has ended. */
interface DecodedHandle extends ReceivedHandle {
  /** Absent for a stream. */
  readonly reference: Reference | undefined;
}

/** A result that is sent by reference although it may look like plain data. */
export class ByReference {
  readonly target: object;

  constructor(target: object) {
    this.target = target;
  }
}

/** Members of the link that the codec of handles uses. */
export interface CodecLink {
  readonly node: Pick<PeerNode, 'definitions' | 'limits'>;
  readonly exports: Exports;
  readonly imports: Imports;
  readonly outgoingStreams: Pick<OutgoingStreams, 'open' | 'stop' | 'withdraw'>;
  readonly incomingStreams: Pick<IncomingStreams, 'open' | 'refuse'>;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

/** Takes back what was handed out for a value, which began at `position` of the writer. */
interface Undo {
  readonly position: number;
  readonly undo: (again: boolean) => void;
}

export class HandleCodec implements HandleEncoder<Writer>, HandleDecoder<Reader> {
  readonly #link: CodecLink;
  /** Takes back what was handed out for a packet that could not be written. */
  #undo: Undo[] = [];
  /** Streams of the packet that is written once more: a web stream cannot be opened twice. */
  readonly #sources = new WeakMap<object, StreamSource>();
  #call: CallContext | undefined;
  #decoded: DecodedHandle[] | undefined;
  #failure: NetronError | undefined;
  /** Definitions sent, and received, on this link. */
  readonly #sentDefinitions = new LazyMap<ServiceDefinition, number>();
  readonly #receivedDefinitions = new LazyMap<number, ServiceDefinition>();
  /** Members of all definitions the other end may send on this link. */
  #membersLeft: number;
  #streamsOpened = 0;
  readonly #report: ReportError = (error) => this.#link.reportError(error);

  constructor(link: CodecLink) {
    this.#link = link;
    this.#membersLeft = link.node.limits.elements;
  }

  /** A packet is about to be written; streams in it are produced by `call`. */
  begin(call: CallContext | undefined): void {
    this.#call = call;
    this.#streamsOpened = 0;
    if (this.#undo.length > 0) this.#undo = [];
  }

  /**
   * The packet was not sent: nothing in it was handed out.
   *
   * @param again it will be written once more: its streams are kept for that
   */
  rollback(again: boolean): void {
    for (const { undo } of this.#undo.splice(0)) undo(again);
  }

  retract(position: number): void {
    const first = this.#undo.findIndex((entry) => entry.position >= position);
    if (first >= 0) for (const { undo } of this.#undo.splice(first)) undo(false);
  }

  refuse(failure: NetronError): undefined {
    return this.#refuse(failure);
  }

  /** The packet being written holds streams: their call goes on until they end. */
  get streaming(): boolean {
    return this.#streamsOpened > 0;
  }

  /** References and streams decoded since the last time: those of one call's arguments. Their call gives them back. */
  takeReceived(): ReceivedHandle[] | undefined {
    const received = this.#decoded;
    if (received === undefined) return undefined;
    this.#decoded = undefined;
    for (const { reference } of received) if (reference !== undefined) reference.openCalls += 1;
    return received;
  }

  /** Transfers the handles decoded since the last time to the program. */
  transferReceived(): void {
    this.#decoded = undefined;
  }

  /** Returns the reason why a value of the last packet was refused, although the packet itself is well formed. */
  takeFailure(): NetronError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  encode(given: object, writer: Writer, holder?: object): boolean {
    const value = given instanceof ByReference ? given.target : given;
    if (value instanceof CallPromise) {
      writeValue(writer, arrivedResult(value), 'result');
      return true;
    }
    const to = targetOf(value);
    if (to instanceof Reference && to.link.imports === this.#link.imports) {
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
      if (fields !== undefined) writeValue(writer, fields);
    });
    return true;
  }

  owns(value: object): boolean {
    return this.#link.exports.bind(value) !== undefined || isStreamSource(value);
  }

  decode(type: number, reader: Reader): unknown {
    switch (type) {
      case handleTypes.own:
        return this.#decodeOwn(reader);
      case handleTypes.reference:
        return this.#decodeReference(reader);
      case handleTypes.stream:
        return this.#decodeStream(reader);
      default:
        return this.#decodeBlob(reader);
    }
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

  /** A definition in full the first time, its number later. */
  #definitionBody(definition: ServiceDefinition, writer: Writer): unknown {
    const known = this.#sentDefinitions.get(definition);
    if (known !== undefined) return known;
    const number = this.#sentDefinitions.size;
    this.#sentDefinitions.set(definition, number);
    this.#handedOut(writer, () => this.#sentDefinitions.delete(definition));
    return [number, ...definitionBody(definition)];
  }

  #sourceOf(key: object, stream: object): StreamSource {
    const known = this.#sources.get(key);
    this.#sources.delete(key);
    return known ?? streamSource(stream, this.#call, this.#report);
  }

  /** Remembers how to take back what was handed out for the value at the writer's position. */
  #handedOut(writer: Writer, undo: Undo['undo']): void {
    this.#undo.push({ position: writer.position, undo });
  }

  #openStream(key: object, source: StreamSource, writer: Writer): number {
    const { outgoingStreams: outgoing } = this.#link;
    const id = outgoing.open(source);
    this.#streamsOpened += 1;
    this.#handedOut(writer, (again) => {
      if (!again) return outgoing.stop(id);
      outgoing.withdraw(id);
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
      // Node keeps fractions of a millisecond that the standard cuts off.
      ...(lastModified !== undefined && { lastModified: Math.trunc(lastModified) || 0 }),
    };
    if (!isBlobFacts(facts)) throw new NetronError('invalid_argument', 'its size, type, name or time is none');
    const id = this.#openStream(blob, this.#sourceOf(blob, blob.stream()), writer);
    writer.extension(handleTypes.blob, () => {
      writeValue(writer, id);
      writeValue(writer, facts);
    });
  }

  #decodeOwn(reader: Reader): unknown {
    const handle = integer(readValue(reader));
    const target = this.#link.exports.get(handle)?.target;
    if (target === undefined || handle === 0) return this.#refuse(new NetronError('not_found', 'the reference was released'));
    return target;
  }

  #decodeReference(reader: Reader): unknown {
    const handle = integer(readValue(reader));
    const definition = this.#definition(readValue(reader));
    if (!this.#link.imports.accepts(handle)) {
      return this.#refuse(new NetronError('resource_exhausted', 'more references are held than this node accepts'));
    }
    const { reference, shown } = this.#link.imports.take(handle, definition);
    this.#decoded ??= [];
    this.#decoded.push({
      reference,
      transfer: () => {
        reference.openCalls -= 1;
      },
      [Symbol.dispose]: () => {
        reference.openCalls -= 1;
        if (!reference.kept) reference.giveBack(1);
      },
    });
    return shown;
  }

  #definition(body: unknown): ServiceDefinition | undefined {
    if (body === null) return undefined;
    if (typeof body === 'number') {
      const known = this.#receivedDefinitions.get(body);
      if (known === undefined) throw malformed('a definition that was not sent');
      return known;
    }
    if (!Array.isArray(body) || body.length !== 4) throw malformed('a definition that is none');
    const [number, name, version, list] = body as unknown[];
    this.#membersLeft -= Array.isArray(list) ? list.length + 1 : 1;
    if (this.#membersLeft < 0) throw new NetronError('resource_exhausted', 'too many service definitions');
    const definition = this.#link.node.definitions.read(name, version, list);
    this.#receivedDefinitions.set(integer(number), definition);
    return definition;
  }

  #decodeStream(reader: Reader): unknown {
    const id = integer(readValue(reader));
    const kind = streamKinds[integer(readValue(reader))];
    if (kind === undefined) throw malformed('a stream of an unknown kind');
    const fields = reader.position < reader.end ? readValue(reader) : undefined;
    if (fields !== undefined && !isPlain(fields)) throw malformed('a stream whose fields are no object');
    return this.#open(id, (stream) => withFields(presentStream(stream, kind), fields));
  }

  #decodeBlob(reader: Reader): unknown {
    const id = integer(readValue(reader));
    const facts = readValue(reader);
    if (!isBlobFacts(facts)) throw malformed('a blob whose facts are none');
    return this.#open(id, (stream) => new RemoteBlob(facts, stream));
  }

  #open<T>(id: number, present: (stream: ReturnType<IncomingStreams['open']>) => T): T | undefined {
    const { incomingStreams: incoming } = this.#link;
    try {
      const stream = incoming.open(id);
      this.#decoded ??= [];
      // A stream argument that the method has not looked at by its end is not wanted.
      this.#decoded.push({
        reference: undefined,
        transfer() {},
        [Symbol.dispose]: () => stream.started || stream.stop(),
      });
      return present(stream);
    } catch (error) {
      incoming.refuse(id);
      this.#refuse(NetronError.from(error));
      return undefined;
    }
  }

  #refuse(failure: NetronError): undefined {
    this.#failure ??= failure;
    return undefined;
  }
}

/** Puts what came beside the items on the stream, but for names that it has already. */
function withFields(stream: object, fields: Readonly<Record<string, unknown>> | undefined): object {
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (!(name in stream) && name !== 'then')
      Object.defineProperty(stream, name, { value, enumerable: true, configurable: true });
  }
  return stream;
}

function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed('a number that is no handle');
  return value;
}

function malformed(what: string): NetronError {
  return new NetronError('invalid_argument', `malformed packet: ${what}`);
}
