/** The duplex connection and the calls over it; loaded with the first use. */
import { allParts, connect, type RemotePeer } from '@omnitron-dev/netron/client';
import { type CallOptions, NetronError, withOptions } from '@omnitron-dev/netron/http/client';
import { otherUser, type Principal } from '../request/principal.js';
import { canceled } from '../util/flight.js';
import { TimeLimit, within } from '../util/limit.js';
import { markNotRun } from '../util/not-run.js';
import type { DuplexParts, DuplexService } from './duplex.js';

/** One connection, which belongs to one user. */
interface Line {
  readonly owner: string;
  readonly peer: Promise<RemotePeer>;
  /** Aborts connecting. */
  readonly giveUp: AbortController;
  /** Set once the connection is open. */
  connected?: RemotePeer;
}

/** The duplex connections of a peer, one at a time. */
export class Lines {
  readonly #parts: DuplexParts;
  readonly #isClosed: () => boolean;
  #line: Line | undefined;

  /** @param isClosed whether the peer is closed, so that no more connections may be made */
  constructor(parts: DuplexParts, isClosed: () => boolean) {
    this.#parts = parts;
    this.#isClosed = isClosed;
  }

  /** Returns the connected peer of a user. */
  async peer(principal: Principal): Promise<RemotePeer> {
    const { clock, timeout, address } = this.#parts;
    const owner = await within(principal.connected(), new TimeLimit(clock, timeout, principal.over, address));
    if (this.#isClosed()) throw markNotRun(new NetronError('unavailable', 'the peer is closed'));
    if (principal.ended) throw otherUser();
    // Closed for good by either end: it cannot be used any more.
    const over = this.#line?.connected?.state === 'closed';
    if (this.#line === undefined || this.#line.owner !== owner || over) {
      void this.end();
      this.#line = this.#connect(principal, owner);
    }
    return this.#line.peer;
  }

  /** Closes the connection, if there is one. */
  async end(): Promise<void> {
    this.#line?.giveUp.abort(canceled(undefined));
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    const peer = await line?.peer.catch(() => undefined);
    await peer?.disconnect();
  }

  #connect(principal: Principal, owner: string): Line {
    const { address, credentials, timeout, clock } = this.#parts;
    let first = true;
    const token = async () => {
      const now = first ? principal : credentials.principal();
      first = false;
      if (!principal.ended && (await now.connected()) === owner) return now.token;
      // The connection would continue as another user.
      if (this.#line === line) void this.#leave();
      throw otherUser();
    };
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const peer = connect(address, { with: allParts(), credentials: token, timeout, clock, signal, logLevel: 'silent' });
    const line: Line = { owner, peer, giveUp };
    peer.then(
      (connected) => {
        line.connected = connected;
      },
      () => {
        if (this.#line === line) this.#line = undefined;
      },
    );
    return line;
  }
}

/** Calls a member of a service over a duplex connection. */
export function callOver(service: DuplexService, member: string, args: unknown[], options: CallOptions): unknown {
  return withOptions(service, options)[member]!(...args);
}
