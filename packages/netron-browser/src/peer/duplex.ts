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

/** A service over a connection. */
export type DuplexService = Queried<Record<string, (...args: unknown[]) => unknown>>;

const code = () => load(import('./duplex-calls.js'), 'connections');

export class Duplex {
  readonly #parts: DuplexParts;
  #peer: Promise<RemotePeer> | undefined;

  constructor(parts: DuplexParts) {
    this.#parts = parts;
  }

  /** The connected peer; a failure is not remembered. */
  peer(): Promise<RemotePeer> {
    if (this.#parts.address === 'never') {
      const why = 'this needs a connection in both directions, and the option duplex is never';
      return Promise.reject(new NetronError('unimplemented', why));
    }
    this.#peer ??= code()
      .then(({ connectTo }) => connectTo(this.#parts))
      .catch((error: unknown) => {
        this.#peer = undefined;
        throw error;
      });
    return this.#peer;
  }

  /** A service over the connection. */
  async service(name: string): Promise<DuplexService> {
    return (await this.peer()).queryInterface(name);
  }

  /** Calls a member over the connection. */
  async call(name: string, member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    const service = await this.service(name);
    return (await code()).callOver(service, member, args, options);
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
