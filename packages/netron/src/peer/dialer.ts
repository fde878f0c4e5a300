/**
 * The connecting side of a peer: receives an address, makes connections to it until one holds, and again when it is
 * lost.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { Transport } from '../transport/transport.js';
import { backoff } from '../util/backoff.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';
import { helloLimit } from '../wire/limits.js';
import type { Authenticated } from './identity.js';
import { type Hello, startHandshake } from './link/handshake.js';
import { ownHello, type PeerKey } from './link/hello.js';
import { Link } from './link/link.js';
import type { PeerOwner, Reconnector, RemotePeer } from './remote-peer.js';

/** The node that an address has to lead to: its id, and the run of it. */
export interface ExpectedNode {
  readonly id: string;
  /** `peer.instance`. Default: any. */
  readonly instance?: string;
}

/** How connections to one address are made. */
export interface DialSettings {
  /** Options of the transport. */
  readonly transportOptions: object;
  /** Credentials for the other node; a function is called for each connection. */
  readonly credentials: unknown;
  /** The node that has to be there. */
  readonly expect: ExpectedNode | undefined;
  /** Milliseconds for the credentials and a connection; what the credentials leave is the handshake's, too. */
  readonly timeout: number;
  /** Attempts after a loss; `Infinity` for no end. */
  readonly attempts: number;
  /** Attempts for the first connection besides the first. */
  readonly firstAttempts: number;
  /** Upper bound of the first delay, in milliseconds. */
  readonly delay: number;
}

/** Options of a dialer. */
export interface DialerOptions {
  readonly node: PeerOwner;
  readonly transport: Transport;
  /** An address, or what the transport connects to directly. */
  readonly target: string | object;
  readonly settings: DialSettings;
  readonly peerKey: PeerKey;
  /** Makes the peer known to the node under an id that is free. */
  readonly adopt: (id: string, reconnector: Reconnector) => RemotePeer;
  /** The peer's node has another id since the reconnect. */
  readonly renamed: (peer: RemotePeer, id: string) => void;
}

/** A connection that held for this long, in milliseconds, makes the next loss count as a first one. */
const goodLife = 10_000;

/** Milliseconds that another end may put this one off at most. Timers cannot count further than 24 days, and begin at 1 then. */
const longestHoldOff = 3_600_000;

/** Delays grow no further than to those of this attempt while the connection before is still there. */
const mostWhileLeaving = 2;

/** Errors that another attempt would meet again. */
const final: ReadonlySet<string> = new Set([
  ...['unauthenticated', 'permission_denied', 'invalid_argument', 'failed_precondition', 'already_exists', 'unimplemented'],
]);

/** Credentials of the accepting side: none. */
const nobody: Authenticated = { identity: undefined, expiresInMs: undefined };

export class Dialer implements Reconnector {
  readonly #options: DialerOptions;
  readonly #stopped = new AbortController();
  #peer: RemotePeer | undefined;
  #attempt = 0;
  #connectedAt = 0;
  #retryAfter = 0;
  /** The next connection is being made. */
  #connecting = false;
  /** The peer has no connection. */
  #lost = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /**
   * The first connection.
   *
   * @throws what the last attempt failed with
   */
  async connect(signal: AbortSignal | undefined): Promise<RemotePeer> {
    const off = signal && onAbort(signal, (reason) => this.#stopped.abort(reason));
    try {
      await this.#repeat(this.#options.settings.firstAttempts + 1);
    } finally {
      off?.();
    }
    return this.#peer as RemotePeer;
  }

  lost(peer: RemotePeer, error: Error | undefined): void {
    const { node, transport, settings } = this.#options;
    const { attempts } = settings;
    if (!transport.supports.reconnection || attempts === 0 || this.#stopped.signal.aborted)
      return peer.life.close(error?.message ?? 'the connection was closed');
    if (node.clock.now() - this.#connectedAt >= goodLife) this.#attempt = 0;
    this.#lost = true;
    if (!this.#connecting) this.#connect(peer, this.#wait());
  }

  /**
   * Makes the next connection beside the one whose other end takes no more calls: at once when that one was good for a while,
   * else after a delay, so that an end that says goodbye each time is not met without pause.
   */
  leaving(peer: RemotePeer): void {
    const { node, transport, settings } = this.#options;
    if (!transport.supports.reconnection || settings.attempts === 0 || this.#stopped.signal.aborted || this.#connecting) return;
    const held = node.clock.now() - this.#connectedAt >= goodLife;
    if (held) this.#attempt = 0;
    this.#connect(peer, held && this.#retryAfter === 0 ? Promise.resolve() : this.#wait());
  }

  /** Connects again when `start` has resolved. The peer is closed for a failure when it has no other connection. */
  #connect(peer: RemotePeer, start: Promise<void>): void {
    this.#connecting = true;
    start
      .then(() => this.#repeat(this.#options.settings.attempts))
      .catch((failed: unknown) => {
        this.#connecting = false;
        if (!this.#lost) return;
        if (!this.#stopped.signal.aborted) peer.reportError(failed);
        peer.life.close(NetronError.from(failed).message);
      });
  }

  /** Also ends a first connection that is being made. */
  ended(): void {
    this.#stopped.abort('the peer was let go of');
  }

  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff(ms: number): void {
    this.#retryAfter = Math.min(ms, longestHoldOff);
  }

  async #repeat(attempts: number): Promise<void> {
    for (let left = attempts; ; ) {
      left -= 1;
      try {
        return await this.#once();
      } catch (error) {
        if (this.#stopped.signal.aborted) throw canceled(this.#stopped.signal);
        const failed = NetronError.from(error, 'unavailable');
        if (left <= 0 || final.has(failed.code)) throw failed;
        this.#options.node.logger.debug({ attempt: this.#attempt, reason: failed.message }, 'connecting failed');
        if (failed.retryAfterMs !== undefined) this.holdOff(failed.retryAfterMs);
        await this.#wait();
      }
    }
  }

  async #once(): Promise<void> {
    const { node, transport, target, peerKey, settings, adopt, renamed } = this.#options;
    const { transportOptions } = settings;
    const { signal } = this.#stopped;
    if (signal.aborted) throw canceled(signal);
    const asked = node.clock.now();
    const shown = await this.credentials();
    const timeout = Math.max(1, Math.ceil(settings.timeout - (node.clock.now() - asked)));
    const { hello, advertised } = ownHello(node, { caller: stranger, peerKey, credentials: shown });
    // A hello may be longer than the messages that follow.
    const { announced: limits } = node;
    const connection = await transport.connect(target as string, {
      clock: node.clock,
      scheduler: node.scheduler,
      maxMessage: Math.max(limits.message, helloLimit),
      ...transportOptions,
      timeout,
      signal,
    });
    if (signal.aborted) {
      connection.terminate();
      throw canceled(signal);
    }
    const off = onAbort(signal, () => connection.terminate());
    try {
      await startHandshake(connection, hello, { reader: node.greetings, clock: node.clock, timeout, limits }, (remote) => {
        if (signal.aborted) throw canceled(signal);
        checkExpected(settings.expect, remote, connection.remoteAddress);
        const id = hello.ordinal > 1 ? `${remote.id}#${hello.ordinal}` : remote.id;
        if (this.#peer === undefined) this.#peer = adopt(id, this);
        else renamed(this.#peer, id);
        this.#connectedAt = node.clock.now();
        this.#lost = false;
        this.#connecting = false;
        const link = new Link(connection, node, this.#peer, hello, remote, advertised);
        this.#peer.attach(link, remote, nobody);
        return link;
      });
    } finally {
      off();
    }
  }

  /** Returns what is shown to the other end; a function is asked. */
  async credentials(): Promise<unknown> {
    const { credentials } = this.#options.settings;
    return typeof credentials === 'function' ? this.#ask(credentials as (address: string) => unknown) : credentials;
  }

  /** Returns the credentials that a function gives, within the time of a connection attempt. */
  #ask(credentials: (address: string) => unknown): Promise<unknown> {
    const { target, settings } = this.#options;
    const { timeout } = settings;
    const late = (): NetronError => new NetronError('deadline_exceeded', `the credentials did not come within ${timeout} ms`);
    return this.#within(
      timeout,
      (waited) => waited.reject(late()),
      async () => credentials(typeof target === 'string' ? target : ''),
    );
  }

  #wait(): Promise<void> {
    const { node, settings } = this.#options;
    // The end that leaves may be back soon, and calls wait for it.
    if (this.#connecting && !this.#lost) this.#attempt = Math.min(this.#attempt, mostWhileLeaving);
    const own = backoff(this.#attempt, { base: settings.delay, random: node.random });
    // Many may have been told the same: they come back spread out as well.
    const asked = this.#retryAfter === 0 ? 0 : this.#retryAfter + backoff(0, { base: settings.delay, random: node.random });
    const ms = Math.max(own, asked);
    this.#attempt += 1;
    this.#retryAfter = 0;
    return this.#within(ms, (waited) => waited.resolve());
  }

  /** Waits for `work`, until `over` ends it after `ms`, or nobody wants a connection any more. */
  async #within<T>(ms: number, over: (waited: Deferred<T>) => void, work?: () => Promise<T>): Promise<T> {
    const { clock } = this.#options.node;
    const { signal } = this.#stopped;
    const waited: Deferred<T> = deferred();
    const timer = clock.setTimeout(() => over(waited), ms);
    const off = onAbort(signal, () => waited.reject(canceled(signal)));
    try {
      return await (work === undefined ? waited.promise : Promise.race([waited.promise, work()]));
    } finally {
      clock.clearTimeout(timer);
      off();
    }
  }
}

function canceled(signal: AbortSignal): NetronError {
  return new NetronError('canceled', 'connecting was canceled', { cause: signal.reason });
}

/** @throws NetronError `failed_precondition` when the address leads to another node */
function checkExpected(expect: ExpectedNode | undefined, { id, instance }: Hello, address: string): void {
  if (expect === undefined) return;
  const { id: expected, instance: run = instance } = expect;
  if (id === expected && instance === run) return;
  const found = id === expected ? `run '${instance ?? ''}' of it instead of '${run}'` : `'${id}'`;
  throw new NetronError('failed_precondition', `expected node '${expected}' at ${address}, found ${found}`);
}

/** Peer at an address that has not named itself yet. */
const stranger: CallPeer = Object.freeze({ id: '', identity: undefined });
