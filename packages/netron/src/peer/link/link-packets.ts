/** Packets that every link handles: passes each to the part responsible for its kind. Other parts of a link add theirs. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallOutcome } from '../../errors/outcome.js';
import {
  flags as flag,
  kinds,
  type PacketReader,
  type PacketSink,
  readGoodbye,
  readResult,
  readServices,
  readThrown,
  writePong,
} from '../../wire/packets.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { Outbox } from './outbox.js';

/** Most pings answered between two heartbeats of the node. */
const maxPings = 100;

/** The members of the link that its packets are passed to. */
export interface RoutedLink extends Pick<PacketSink, 'ack' | 'goodbye' | 'raw' | 'services' | 'unknown'> {
  readonly calls: Pick<PacketSink, 'result'> & { error(id: number, error: Error, outcome: CallOutcome): void };
  readonly incoming: Pick<PacketSink, 'call' | 'cancel' | 'drop' | 'pipe'>;
  readonly outgoingStreams: Pick<PacketSink, 'credit' | 'stop'>;
  readonly incomingStreams: Pick<PacketSink, 'end' | 'fail' | 'item'>;
  readonly exports: Pick<PacketSink, 'release'>;
  readonly subscriptions: Pick<PacketSink, 'event'>;
  readonly heartbeat: Pick<PacketSink, 'pong'> & { mayAnswer(limit: number): boolean };
  readonly outbox: Pick<Outbox, 'failure' | 'packet' | 'writer'>;
}

/** Readers of packets by kind. */
export type LinkPackets = Readonly<Record<number, PacketReader<RoutedLink>>>;

/** Combines groups of packet readers. */
export function packetTable(...groups: readonly LinkPackets[]): PacketReader<RoutedLink>[] {
  return Object.assign([], ...groups) as PacketReader<RoutedLink>[];
}

export const basePackets: LinkPackets = {
  [kinds.hello]() {
    throw new NetronError('invalid_argument', 'a second hello');
  },
  [kinds.result]: (reader, { calls }, flags) => readResult(reader, calls, flags),
  [kinds.error](reader, { calls, outbox }, flags) {
    const id = reader.varint();
    const error = readThrown(reader);
    // An end without the feature does not distinguish refusals from errors of methods.
    const otherwise = flags !== 0 || (outbox.writer.features & valueFeatures.outcome) === 0 ? 'unknown' : 'ran';
    calls.error(id, error, flags === flag.notRun ? 'not_run' : otherwise);
  },
  [kinds.ping](reader, { heartbeat, outbox }) {
    const number = reader.varint();
    if (!heartbeat.mayAnswer(maxPings)) throw new NetronError('resource_exhausted', 'too many pings');
    outbox.packet(writePong, number);
  },
  [kinds.pong]: (reader, { heartbeat }) => heartbeat.pong(reader.varint()),
  [kinds.services]: (reader, link) => readServices(reader, link),
  [kinds.goodbye]: (reader, link) => readGoodbye(reader, link),
};
