/** Parts of a client, for the option `with` of `connect`. */
import type { DialOptions } from '../peer/dial.js';
import type { Dialer } from '../peer/dialer.js';
import type { LinkPackets } from '../peer/link/link-packets.js';
import type { LinkParts } from '../peer/link/link-parts.js';
import type { PeerOwner } from '../peer/remote-peer.js';

/** Members of a type, writable. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A client that is being built. */
export interface ClientNode extends Mutable<Omit<PeerOwner, 'parts'>> {
  readonly parts: Mutable<LinkParts>;
  /** Makes the dialer that reconnects; absent for a single connection. */
  dialer?: (options: DialOptions) => Dialer;
}

/** Part of a client, for the option `with` of `connect`. */
export interface ClientPart {
  /** Name of the function that made it. */
  readonly name: string;
  /** @internal Adds the part to a client. */
  install(client: ClientNode): void;
}

/** Lets a client accept the packets of a part. */
export function addPackets({ parts }: ClientNode, packets: LinkPackets): void {
  parts.packets = Object.assign([...parts.packets], packets);
}
