/** A connection in both directions to the same server, for what HTTP cannot do: made, and its code loaded, when first needed. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, type Clock, NetronError, type Queried } from '@omnitron-dev/netron/http/client';
import { isBytes } from '../util/bytes.js';
import { load } from '../util/load.js';

/** Parts of the connection. */
export interface DuplexParts {
  /** Address of its WebSocket; `never`: there is none. */
  readonly address: string;
  /** Asked for each connection. */
  token(): string | undefined | Promise<string | undefined>;
  readonly timeout: number;
  readonly clock: Clock;
}

export class Duplex {
  readonly #parts: DuplexParts;
  #peer: Promise<RemotePeer> | undefined;

  constructor(parts: DuplexParts) {
    this.#parts = parts;
  }

  /** The connected peer; a failure is not remembered. */
  peer(): Promise<RemotePeer> {
    const { address, timeout, clock, token } = this.#parts;
    if (address === 'never') {
      const why = 'this needs a connection in both directions, and the option duplex is never';
      return Promise.reject(new NetronError('unimplemented', why));
    }
    this.#peer ??= load(import('@omnitron-dev/netron/client'), 'connections')
      .then(({ connect, allParts }) =>
        connect(address, { with: allParts(), credentials: token, timeout, clock, logLevel: 'silent' }),
      )
      .catch((error: unknown) => {
        this.#peer = undefined;
        throw error;
      });
    return this.#peer;
  }

  /** A service over the connection. */
  async service(name: string): Promise<Queried<Record<string, (...args: unknown[]) => unknown>>> {
    const peer = await this.peer();
    return (await peer.queryInterface(name)) as Queried<Record<string, (...args: unknown[]) => unknown>>;
  }

  /** Calls a member over the connection. */
  async call(name: string, member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    const service = await this.service(name);
    const { withOptions } = await load(import('./call-options.js'), 'connections');
    return withOptions(service, options)[member]!(...args);
  }

  async close(): Promise<void> {
    const peer = await this.#peer?.catch(() => undefined);
    await peer?.disconnect();
  }
}

/** Whether a call can be made over a connection only: it passes functions, or streams of anything but bytes. */
export function needsDuplex(args: readonly unknown[]): boolean {
  for (const value of args) {
    if (typeof value === 'function') return true;
    if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value && !isBytes(value)) return true;
  }
  return false;
}
