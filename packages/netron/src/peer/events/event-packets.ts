import { kinds, readEvent } from '../../wire/packets.js';
import type { LinkPackets } from '../link/link-packets.js';

/** Readers of packets about events. */
export const eventPackets: LinkPackets = {
  [kinds.event]: (reader, { subscriptions }) => readEvent(reader, subscriptions),
};
