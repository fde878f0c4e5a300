/**
 * References of the other end: converts the numbers of functions and service objects in values to objects of the program. References
 * that arrived with a packet are kept together until they are taken over.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { StreamKind } from '../../service/call/stream-source.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { LazyMap } from '../../util/lazy-map.js';
import { type HandleDecoder, handleTypes } from '../../wire/handles.js';
import { maxMembers } from '../../wire/limits.js';
import type { Reader } from '../../wire/reader.js';
import { readValue } from '../../wire/value-reader.js';
import type { AwaitedResult } from '../calls/awaited-results.js';
import type { CallSender } from '../calls/call-sender.js';
import type { NodeBasis } from '../node-role.js';
import type { IncomingStreams } from '../streams/incoming.js';
import type { IncomingStream } from '../streams/incoming-stream.js';
import type { Exports } from './exports.js';
import type { Imports } from './imports.js';
import type { Reference } from './reference.js';

/**
 * Converts a stream to the object that the program receives.
 *
 * @param calls carry messages of the consumer to the producer
 */
export type PresentStream = (stream: IncomingStream, kind: StreamKind, calls: CallSender) => object;

/** Reads values that are sent as numbers, other than references of the other end. */
export interface HandleReading {
  /** Reads one value completely. */
  decode(type: number, reader: Reader, link: DecodingLink): unknown;
  /** Returns the program's object for a reference; `definition` is absent for a function. */
  show(reference: object, definition: ServiceDefinition | undefined): object;
}

/** The members of the link that incoming handles use. */
export interface DecodingLink {
  readonly node: Pick<NodeBasis, 'definitions' | 'limits'> & {
    readonly parts: { readonly handles: HandleReading; readonly streams: { readonly present: PresentStream } };
  };
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
  /** Number of members that the other end may still send in definitions on this link. */
  #membersLeft: number;

  constructor(link: DecodingLink) {
    this.#link = link;
    this.#membersLeft = Math.min(link.node.limits.elements, maxMembers);
  }

  refuse(failure: NetronError, reader: Reader): undefined {
    return reader.fail(failure);
  }

  decode(type: number, reader: Reader): unknown {
    if (type === handleTypes.reference) return this.#decodeReference(reader);
    return this.#link.node.parts.handles.decode(type, reader, this.#link);
  }

  #decodeReference(reader: Reader): unknown {
    const handle = integer(readValue(reader));
    const definition = this.#definition(readValue(reader));
    if (!this.#link.imports.accepts(handle)) {
      return reader.fail(new NetronError('resource_exhausted', 'too many held references'));
    }
    const { reference, shown } = this.#link.imports.take(handle, definition);
    reference.openCalls += 1;
    reader.receive({
      transfer: (parent) => {
        reference.openCalls -= 1;
        if (parent !== undefined) this.#link.imports.adopt(parent as Reference, reference);
      },
      [Symbol.dispose]: () => {
        reference.openCalls -= 1;
        if (!reference.kept) reference.giveBack(1);
      },
    });
    return this.#link.node.parts.handles.show(shown, definition);
  }

  #definition(body: unknown): ServiceDefinition | undefined {
    if (body === null) return undefined;
    if (typeof body === 'number') {
      const known = this.#receivedDefinitions.get(body);
      if (known === undefined) throw malformed('an unknown definition');
      return known;
    }
    if (!Array.isArray(body) || body.length !== 4) throw malformed('an invalid definition');
    const [number, name, version, list] = body as unknown[];
    this.#membersLeft -= Array.isArray(list) ? list.length + 1 : 1;
    if (this.#membersLeft < 0) throw new NetronError('resource_exhausted', 'too many service definitions');
    const definition = this.#link.node.definitions.read(name, version, list);
    this.#receivedDefinitions.set(integer(number), definition);
    return definition;
  }
}

/** @throws NetronError `invalid_argument` when `value` is not a handle or the number of a stream */
export function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed('an invalid handle');
  return value;
}

export function malformed(what: string): NetronError {
  return new NetronError('invalid_argument', `malformed packet: ${what}`);
}
