/** The duplex connection to the same server, for features that HTTP lacks. Its code is loaded when it is first needed. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, type Clock, NetronError, type Queried } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import { isBytes } from '../util/bytes.js';
import { load } from '../util/load.js';
import type { Lines } from './duplex-calls.js';

/** Dependencies of the connection. */
export interface DuplexParts {
  /** Address of its WebSocket; `never` turns it off. */
  readonly address: string;
  readonly credentials: Credentials;
  readonly timeout: number;
  readonly clock: Clock;
}

/** A service over a duplex connection. */
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
   * Returns the connected peer of the current user. A failure is not remembered.
   *
   * @throws NetronError `unauthenticated` when the user changes before their name is known
   */
  async peer(): Promise<RemotePeer> {
    const { address, credentials } = this.#parts;
    if (address === 'never') {
      const why = "this requires a duplex connection, but the option duplex is 'never'";
      throw new NetronError('unimplemented', why);
    }
    // The user of this turn, however long the code takes to load.
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

  /** Returns a service over the connection. */
  async service(name: string): Promise<DuplexService> {
    return (await this.peer()).queryInterface(name);
  }

  /** Calls a member over the connection. */
  async call(name: string, member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    const service = await this.service(name);
    return (await code()).callOver(service, member, args, options);
  }

  /** Closes the connection, with everything that uses it, because the user has changed. The next use opens another one. */
  async end(): Promise<void> {
    const lines = await this.#lines?.catch(() => undefined);
    await lines?.end();
  }

  /** Prevents further connections. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.end();
  }
}

/** Whether a call needs a duplex connection: it passes functions, or streams of anything but bytes. */
export function needsDuplex(args: readonly unknown[]): boolean {
  for (const value of args) {
    if (typeof value === 'function') return true;
    if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value && !isBytes(value)) return true;
  }
  return false;
}
