/** A connection in both directions to the same server, for what HTTP cannot do: its code is loaded when it is first needed. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, type Clock, NetronError, type Queried } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import { isBytes } from '../util/bytes.js';
import { load } from '../util/load.js';
import type { Lines } from './duplex-calls.js';

/** Parts of the connection. */
export interface DuplexParts {
  /** Address of its WebSocket; `never`: there is none. */
  readonly address: string;
  readonly credentials: Credentials;
  readonly timeout: number;
  readonly clock: Clock;
}

/** A service over a connection. */
export type DuplexService = Queried<Record<string, (...args: unknown[]) => unknown>>;

const code = () => load(import('./duplex-calls.js'), 'connections');

export class Duplex {
  readonly #parts: DuplexParts;
  #lines: Promise<Lines> | undefined;
  #closed = false;

  constructor(parts: DuplexParts) {
    this.#parts = parts;
  }

  /**
   * The connected peer of whoever is spoken for; a failure is not remembered.
   *
   * @throws NetronError `unauthenticated` when somebody else is spoken for before it is known who that is
   */
  async peer(): Promise<RemotePeer> {
    const { address, credentials } = this.#parts;
    if (address === 'never') {
      const why = 'this needs a connection in both directions, and the option duplex is never';
      throw new NetronError('unimplemented', why);
    }
    // Of this turn, however long the code takes to come.
    const principal = credentials.principal();
    this.#lines ??= code().then(
      ({ Lines }) => new Lines(this.#parts, () => this.#closed),
      (error: unknown) => {
        this.#lines = undefined;
        throw error;
      },
    );
    return (await this.#lines).peer(principal);
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

  /** Ends the connection with all that goes over it, because somebody else is spoken for; the next use makes another. */
  async end(): Promise<void> {
    const lines = await this.#lines?.catch(() => undefined);
    await lines?.end();
  }

  /** Makes no more connections. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.end();
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
