/**
 * Numbers that stand for functions, service objects, streams and blobs: receives them from the value reader, and gives the
 * objects of the program for them. What came with a packet is kept together until it is taken.
 */
import { NetronError } from '../../errors/netron-error.js';
import { isPlain } from '../../errors/plain-data.js';
import { isBlobFacts, RemoteBlob } from '../../service/call/remote-blob.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { type HandleDecoder, handleTypes } from '../../wire/handles.js';
import { maxMembers } from '../../wire/limits.js';
import type { Reader } from '../../wire/reader.js';
import { valueFeatures } from '../../wire/value-features.js';
import { readValue } from '../../wire/value-reader.js';
import type { AwaitedResult } from '../calls/awaited-results.js';
import { promiseOfPeer } from '../calls/call-promise.js';
import type { CallSender } from '../calls/call-sender.js';
import type { PeerNode } from '../peer-node.js';
import type { IncomingStreams } from '../streams/incoming.js';
import { streamKinds } from '../streams/stream-kinds.js';
import { presentWritable, type RemoteWritable, writableName } from '../streams/writable.js';
import type { Exports } from './exports.js';
import type { Imports } from './imports.js';

/** Members of the link that incoming handles use. */
export interface DecodingLink {
  readonly node: Pick<PeerNode, 'definitions' | 'limits' | 'parts'>;
  readonly exports: Pick<Exports, 'get'>;
  readonly imports: Pick<Imports, 'accepts' | 'adopt' | 'take'>;
  readonly incomingStreams: Pick<IncomingStreams, 'open' | 'refuse'>;
  readonly calls: CallSender;
  readonly outbox: { readonly writer: { readonly features: number } };
  readonly incoming: { heldResult(id: number): AwaitedResult | undefined };
}

export class IncomingHandles implements HandleDecoder<Reader> {
  readonly #link: DecodingLink;
  /** Definitions received on this link, by their numbers. */
  readonly #receivedDefinitions = new LazyMap<number, ServiceDefinition>();
  /** Members of all definitions the other end may send on this link. */
  #membersLeft: number;

  constructor(link: DecodingLink) {
    this.#link = link;
    this.#membersLeft = Math.min(link.node.limits.elements, maxMembers);
  }

  refuse(failure: NetronError, reader: Reader): undefined {
    return reader.fail(failure);
  }

  decode(type: number, reader: Reader): unknown {
    switch (type) {
      case handleTypes.own:
        return this.#decodeOwn(reader);
      case handleTypes.reference:
        return this.#decodeReference(reader);
      case handleTypes.stream:
        return this.#decodeStream(reader);
      case handleTypes.result:
        return this.#decodeResult(reader);
      default:
        return this.#decodeBlob(reader);
    }
  }

  #decodeOwn(reader: Reader): unknown {
    const handle = integer(readValue(reader));
    const target = this.#link.exports.get(handle)?.target;
    if (target === undefined || handle === 0) return reader.fail(new NetronError('not_found', 'the reference was released'));
    return target;
  }

  #decodeResult(reader: Reader): unknown {
    if ((this.#link.outbox.writer.features & valueFeatures.results) === 0) throw malformed('a result that is not asked for');
    const id = integer(readValue(reader));
    const result = this.#link.incoming.heldResult(id);
    if (result === undefined) return reader.fail(new NetronError('not_found', `no result of call ${id} is held`));
    if (reader.sealed > 0) {
      const text = 'results of calls cannot be named inside of instances of registered classes and of fields of streams';
      return reader.fail(new NetronError('invalid_argument', text));
    }
    reader.await(result);
    return result;
  }

  #decodeReference(reader: Reader): unknown {
    const handle = integer(readValue(reader));
    const definition = this.#definition(readValue(reader));
    if (!this.#link.imports.accepts(handle)) {
      return reader.fail(new NetronError('resource_exhausted', 'more references are held than this node accepts'));
    }
    const { reference, shown } = this.#link.imports.take(handle, definition);
    reference.openCalls += 1;
    reader.receive({
      transfer: (parent) => {
        reference.openCalls -= 1;
        if (parent !== undefined) this.#link.imports.adopt(parent, reference);
      },
      [Symbol.dispose]: () => {
        reference.openCalls -= 1;
        if (!reference.kept) reference.giveBack(1);
      },
    });
    return definition?.name === writableName ? presentWritable(shown as RemoteWritable) : shown;
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
    reader.sealed++;
    const fields = reader.position < reader.end ? readValue(reader) : undefined;
    reader.sealed--;
    if (fields !== undefined && !isPlain(fields)) throw malformed('a stream whose fields are no object');
    return this.#open(reader, id, (stream) =>
      withFields(this.#link.node.parts.streams.present(stream, kind, this.#link.calls), fields),
    );
  }

  #decodeBlob(reader: Reader): unknown {
    const id = integer(readValue(reader));
    const facts = readValue(reader);
    if (!isBlobFacts(facts)) throw malformed('a blob whose facts are none');
    return this.#open(reader, id, (stream) => {
      const bytes = this.#link.node.parts.streams.present(stream, 'web', this.#link.calls) as ReadableStream<Uint8Array>;
      return new RemoteBlob(facts, bytes, promiseOfPeer);
    });
  }

  #open<T>(reader: Reader, id: number, present: (stream: ReturnType<IncomingStreams['open']>) => T): T | undefined {
    const { incomingStreams: incoming } = this.#link;
    try {
      const stream = incoming.open(id);
      // A stream argument that the method has not looked at by its end is not wanted.
      reader.receive({
        transfer() {},
        [Symbol.dispose]: () => stream.started || stream.stop(),
      });
      return present(stream);
    } catch (error) {
      incoming.refuse(id);
      reader.fail(NetronError.from(error));
      return undefined;
    }
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
