/** A connection in both directions, and calls over it; loaded with the first use. */
import { allParts, connect, type RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, withOptions } from '@omnitron-dev/netron/http/client';
import type { TokenSource } from '../request/credentials.js';
import type { DuplexParts, DuplexService } from './duplex.js';

/** Makes the connection. */
export function connectTo({ address, timeout, clock }: DuplexParts, token: TokenSource): Promise<RemotePeer> {
  return connect(address, { with: allParts(), credentials: token, timeout, clock, logLevel: 'silent' });
}

/** Calls a member of a service over it. */
export function callOver(service: DuplexService, member: string, args: unknown[], options: CallOptions): unknown {
  return withOptions(service, options)[member]!(...args);
}
