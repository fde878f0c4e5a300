/** A connection in both directions to the same server, for what HTTP cannot do: made, and its code loaded, when first needed. */

import type { RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, type Clock, NetronError, type Queried } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import { otherUser, type Principal } from '../request/principal.js';
import { isBytes } from '../util/bytes.js';
import { load } from '../util/load.js';
import { markNotRun } from '../util/not-run.js';

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

/** One connection, which is of one user. */
interface Line {
  readonly owner: string;
  readonly peer: Promise<RemotePeer>;
}

const code = () => load(import('./duplex-calls.js'), 'connections');

export class Duplex {
  readonly #parts: DuplexParts;
  #line: Line | undefined;
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
    const principal = credentials.principal();
    const owner = await principal.connected();
    if (this.#closed) throw markNotRun(new NetronError('unavailable', 'the peer is closed'));
    if (principal.ended) throw otherUser();
    if (this.#line === undefined || this.#line.owner !== owner) {
      void this.end();
      this.#line = this.#connect(principal, owner);
    }
    return this.#line.peer;
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

  #connect(principal: Principal, owner: string): Line {
    let first = true;
    const token = async () => {
      const now = first ? principal : this.#parts.credentials.principal();
      first = false;
      if (!principal.ended && (await now.connected()) === owner) return now.token;
      // It would go on as somebody else.
      if (this.#line === line) void this.end();
      throw otherUser();
    };
    const peer = code().then(({ connectTo }) => connectTo(this.#parts, token));
    const line: Line = { owner, peer };
    peer.catch(() => {
      if (this.#line === line) this.#line = undefined;
    });
    return line;
  }

  /** Ends the connection with all that goes over it, because somebody else is spoken for; the next use makes another. */
  async end(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    const peer = await line?.peer.catch(() => undefined);
    await peer?.disconnect();
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
