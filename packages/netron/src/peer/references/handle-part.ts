/**
 * Values that are sent as numbers, other than references of the other end (see `incoming-handles.ts`): objects of this end that return,
 * results of pending calls, streams and blobs; and everything of this kind that this end sends.
 */
import { NetronError } from '../../errors/netron-error.js';
import { isPlain } from '../../errors/plain-data.js';
import { isBlobFacts, RemoteBlob } from '../../service/call/remote-blob.js';
import { handleTypes } from '../../wire/handles.js';
import type { Reader } from '../../wire/reader.js';
import { valueFeatures } from '../../wire/value-features.js';
import { readValue } from '../../wire/value-reader.js';
import { promiseOfPeer } from '../calls/promises.js';
import type { HandlePart } from '../link/link-parts.js';
import type { IncomingStreams } from '../streams/incoming.js';
import { streamKinds } from '../streams/stream-kinds.js';
import { presentWritable, type RemoteWritable, writableName } from '../streams/writable.js';
import { type DecodingLink, integer, malformed } from './incoming-handles.js';
import { OutgoingHandles } from './outgoing-handles.js';

export const handlePart: HandlePart = {
  outgoing: (link) => new OutgoingHandles(link),
  decode(type, reader, link) {
    switch (type) {
      case handleTypes.own:
        return decodeOwn(reader, link);
      case handleTypes.stream:
        return decodeStream(reader, link);
      case handleTypes.result:
        return decodeResult(reader, link);
      default:
        return decodeBlob(reader, link);
    }
  },
  show: (reference, definition) => (definition?.name === writableName ? presentWritable(reference as RemoteWritable) : reference),
};

function decodeOwn(reader: Reader, link: DecodingLink): unknown {
  const handle = integer(readValue(reader));
  const target = link.exports.get(handle)?.target;
  if (target === undefined || handle === 0) return reader.fail(new NetronError('not_found', 'the reference was released'));
  return target;
}

function decodeResult(reader: Reader, link: DecodingLink): unknown {
  if ((link.outbox.writer.features & valueFeatures.results) === 0) throw malformed('an unexpected result');
  const id = integer(readValue(reader));
  const result = link.incoming.heldResult(id);
  if (result === undefined) return reader.fail(new NetronError('not_found', `no held result of call ${id}`));
  if (reader.sealed > 0) {
    const text = 'pending results are not allowed in instances of registered classes and in fields of streams';
    return reader.fail(new NetronError('invalid_argument', text));
  }
  reader.await(result);
  return result;
}

function decodeStream(reader: Reader, link: DecodingLink): unknown {
  const id = integer(readValue(reader));
  const kind = streamKinds[integer(readValue(reader))];
  if (kind === undefined) throw malformed('a stream of an unknown kind');
  reader.sealed++;
  const fields = reader.position < reader.end ? readValue(reader) : undefined;
  reader.sealed--;
  if (fields !== undefined && !isPlain(fields)) throw malformed('a stream whose fields are not an object');
  return open(reader, link, id, (stream) => withFields(link.node.parts.streams.present(stream, kind, link.calls), fields));
}

function decodeBlob(reader: Reader, link: DecodingLink): unknown {
  const id = integer(readValue(reader));
  const facts = readValue(reader);
  if (!isBlobFacts(facts)) throw malformed('a blob with invalid facts');
  return open(reader, link, id, (stream) => {
    const bytes = link.node.parts.streams.present(stream, 'web', link.calls) as ReadableStream<Uint8Array>;
    return new RemoteBlob(facts, bytes, promiseOfPeer);
  });
}

function open<T>(
  reader: Reader,
  { incomingStreams: incoming }: DecodingLink,
  id: number,
  present: (stream: ReturnType<IncomingStreams['open']>) => T,
): T | undefined {
  try {
    const stream = incoming.open(id);
    reader.receive(stream);
    return present(stream);
  } catch (error) {
    incoming.refuse(id);
    reader.fail(NetronError.from(error));
    return undefined;
  }
}

/** Adds the fields sent with a stream to it, except for names that it has already. */
function withFields(stream: object, fields: Readonly<Record<string, unknown>> | undefined): object {
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (!(name in stream) && name !== 'then')
      Object.defineProperty(stream, name, { value, enumerable: true, configurable: true });
  }
  return stream;
}
