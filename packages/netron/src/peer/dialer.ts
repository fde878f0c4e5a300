/**
 * The connecting side of a peer: receives an address, makes connections to it until one holds, and again when it is
 * lost.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import { isRefused } from '../transport/refused.js';
import type { Connection, ConnectionReceiver, Transport } from '../transport/transport.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';
import { Stop } from '../util/stop.js';
import { helloLimit } from '../wire/limits.js';
import { DialPace } from './dial-pace.js';
import { checkExpected, type DialSettings } from './dial-settings.js';
import { DialTargets } from './dial-targets.js';
import type { Authenticated } from './identity.js';
import type { Hello } from './link/greeting.js';
import { startHandshake } from './link/handshake.js';
import { ownHello, type PeerKey, resumeFeature } from './link/hello.js';
import { Link } from './link/link.js';
import type { Advertised } from './references/advertised.js';
import type { PeerOwner, Reconnector, RemotePeer } from './remote-peer.js';
import type { SessionBounds, SessionConnection } from './session/session-connection.js';

/** Options of a dialer. */
export interface DialerOptions {
  readonly node: PeerOwner;
  readonly transport: Transport;
  /** An address, addresses of which any will do, or what the transport connects to directly. */
  readonly target: string | object | readonly string[];
  readonly settings: DialSettings;
  readonly peerKey: PeerKey;
  /** Makes the peer known to the node under an id that is free. */
  readonly adopt: (id: string, reconnector: Reconnector) => RemotePeer;
  /** The peer's node has another id since the reconnect. */
  readonly renamed: (peer: RemotePeer, id: string) => void;
}

/** Errors that another attempt would meet again. */
const final: ReadonlySet<string> = new Set([
  ...['unauthenticated', 'permission_denied', 'invalid_argument', 'failed_precondition', 'already_exists', 'unimplemented'],
]);

/** Credentials of the accepting side: none. */
const nobody: Authenticated = { identity: undefined, expiresInMs: undefined };

export class Dialer implements Reconnector {
  readonly #options: DialerOptions;
  readonly #stop = new Stop();
  readonly #pace: DialPace;
  #peer: RemotePeer | undefined;
  /** The next connection is being made. */
  #connecting = false;
  /** The peer has no connection. */
  #lost = false;
  /** Session of the link in use. */
  #session: SessionConnection | undefined;
  /** Secret that the other end knows this one by. */
  #secret: Uint8Array | undefined;
  readonly #targets: DialTargets;

  constructor(options: DialerOptions) {
    const { node, target, settings } = options;
    this.#options = options;
    this.#pace = new DialPace(node, settings.delay);
    this.#targets = new DialTargets(target, node.random);
    this.#secret = options.peerKey.session;
  }

  /**
   * The first connection.
   *
   * @throws what the last attempt failed with
   */
  async connect(signal: AbortSignal | undefined): Promise<RemotePeer> {
    const off = signal && onAbort(signal, (reason) => this.#stop.stop(reason));
    try {
      await this.#repeat(this.#options.settings.firstAttempts + 1);
    } finally {
      off?.();
    }
    return this.#peer as RemotePeer;
  }

  lost(peer: RemotePeer, error: Error | undefined): void {
    const { transport, settings } = this.#options;
    const { attempts } = settings;
    if (!transport.supports.reconnection || attempts === 0 || this.#stop.stopped)
      return peer.life.close(error?.message ?? 'the connection was closed');
    this.#again(peer);
  }

  /** Connects again after a delay. */
  #again(peer: RemotePeer): void {
    this.#pace.ended();
    this.#lost = true;
    if (!this.#connecting) this.#connect(peer, this.#wait());
  }

  /**
   * Makes the next connection beside the one whose other end takes no more calls: at once when that one was good for a while,
   * else after a delay, so that an end that says goodbye each time is not met without pause.
   */
  leaving(peer: RemotePeer): void {
    const { transport, settings } = this.#options;
    if (!transport.supports.reconnection || settings.attempts === 0 || this.#stop.stopped || this.#connecting) return;
    this.#targets.next();
    this.#connect(peer, this.#pace.ended() ? Promise.resolve() : this.#wait());
  }

  /** Connects again when `start` has resolved. The peer is closed for a failure when it has no other connection. */
  #connect(peer: RemotePeer, start: Promise<void>): void {
    this.#connecting = true;
    start
      .then(() => this.#repeat(this.#options.settings.attempts))
      .catch((failed: unknown) => {
        this.#connecting = false;
        if (!this.#lost) return;
        if (!this.#stop.stopped) peer.reportError(failed);
        peer.life.close(NetronError.from(failed).message);
      });
  }

  /** Also ends a first connection that is being made. */
  ended(): void {
    this.#stop.stop('the peer was let go of');
  }

  /** The other end asks not to come back before `ms` milliseconds. */
  holdOff(ms: number): void {
    this.#pace.holdOff(ms);
  }

  async #repeat(attempts: number): Promise<void> {
    for (let left = attempts; ; ) {
      left -= 1;
      try {
        return await this.#targets.anywhere(
          () => this.#once(),
          (error) => this.#stop.stopped || final.has(NetronError.from(error, 'unavailable').code),
        );
      } catch (error) {
        if (this.#stop.stopped) throw canceled(this.#stop);
        const failed = NetronError.from(error, 'unavailable');
        if (left <= 0 || final.has(failed.code)) throw failed;
        this.#options.node.logger.debug({ attempt: this.#pace.attempt, reason: failed.message }, 'connecting failed');
        if (this.#session?.away === true && this.#wanted?.endsWhenRefused === true && isRefused(failed))
          this.#session.fail(failed.message);
        if (failed.retryAfterMs !== undefined) this.holdOff(failed.retryAfterMs);
        await this.#wait();
      }
    }
  }

  async #once(): Promise<void> {
    const { node, transport, peerKey, settings } = this.#options;
    const { transportOptions } = settings;
    if (this.#stop.stopped) throw canceled(this.#stop);
    const { signal } = this.#stop;
    const asked = node.clock.now();
    const shown = await this.credentials();
    const timeout = Math.max(1, Math.ceil(settings.timeout - (node.clock.now() - asked)));
    const wanted = this.#wanted;
    const resumed = wanted !== undefined && this.#session?.away === true ? this.#session : undefined;
    const session = wanted && { next: node.randomBytes(16), received: resumed?.received };
    const key = { ordinal: peerKey.ordinal, session: this.#secret };
    const { hello, advertised } = ownHello(node, { caller: stranger, peerKey: key, credentials: shown, session });
    // A hello may be longer than the messages that follow.
    const { announced: limits } = node;
    const connection = await transport.connect(this.#targets.current as string, {
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
      await startHandshake(connection, hello, { node, timeout }, (remote) => {
        if (signal.aborted) throw canceled(signal);
        checkExpected(settings.expect, remote, connection.remoteAddress);
        const goesOn = remote.features.includes(resumeFeature) ? session : undefined;
        if (goesOn !== undefined) this.#secret = goesOn.next;
        const receiver = resumed && this.#resume(resumed, connection, remote, goesOn !== undefined);
        return receiver ?? this.#begin(connection, hello, remote, advertised, goesOn && wanted);
      });
    } finally {
      off();
      this.#stop.done();
    }
  }

  /** Bounds of the session that is asked for; `undefined` when none is. */
  get #wanted(): SessionBounds | undefined {
    const { node, transport, settings } = this.#options;
    const back = transport.supports.reconnection && settings.attempts > 0;
    return back && node.sessions !== undefined ? settings.session : undefined;
  }

  #connected(): void {
    this.#pace.connected();
    this.#lost = false;
    this.#connecting = false;
  }

  /** Makes the link of a connection on which nothing has been said before. */
  #begin(
    connection: Connection,
    hello: Hello,
    remote: Hello,
    advertised: Advertised,
    bounds: SessionBounds | undefined,
  ): ConnectionReceiver {
    const { node, adopt, renamed } = this.#options;
    const id = hello.ordinal > 1 ? `${remote.id}#${hello.ordinal}` : remote.id;
    if (this.#peer === undefined) this.#peer = adopt(id, this);
    else renamed(this.#peer, id);
    this.#connected();
    const peer = this.#peer;
    const session = bounds && node.sessions?.open(connection, bounds);
    const link = new Link(session ?? connection, node, peer, hello, remote, advertised);
    this.#session = session;
    const receiver = session?.begin(link) ?? link;
    if (session !== undefined) {
      session.interrupted = (reason) => {
        peer.linkInterrupted(link, reason);
        if (session === this.#session) this.#again(peer);
      };
    }
    peer.attach(link, remote, nobody);
    return receiver;
  }

  /** Goes on with a session; `undefined` when the other end has begun a new one: this one has ended then. */
  #resume(
    session: SessionConnection,
    connection: Connection,
    { received, expiresInMs }: Hello,
    known: boolean,
  ): ConnectionReceiver | undefined {
    if (!known || received === undefined) session.fail('the other end does not know it any more');
    // Its time was over while the connection was made: the other end believes that it goes on.
    else if (!session.away) throw new NetronError('unavailable', 'the session ended while the connection was made');
    else if (!session.covers(received)) session.fail(`the other end says that ${received} messages have arrived`);
    else {
      this.#connected();
      const receiver = session.goOn(connection, received);
      (this.#peer as RemotePeer).linkResumed(session, { identity: undefined, expiresInMs: undefined }, expiresInMs);
      return receiver;
    }
    return undefined;
  }

  /** Returns what is shown to the other end; a function is asked. */
  async credentials(): Promise<unknown> {
    const { credentials } = this.#options.settings;
    return typeof credentials === 'function' ? this.#ask(credentials as (address: string) => unknown) : credentials;
  }

  /** Returns the credentials that a function gives, within the time of a connection attempt. */
  #ask(credentials: (address: string) => unknown): Promise<unknown> {
    const target = this.#targets.current;
    const { timeout } = this.#options.settings;
    const late = (): NetronError => new NetronError('deadline_exceeded', `the credentials did not come within ${timeout} ms`);
    return this.#within(
      timeout,
      (waited) => waited.reject(late()),
      async () => credentials(typeof target === 'string' ? target : ''),
    );
  }

  #wait(): Promise<void> {
    return this.#within(this.#pace.next(this.#connecting && !this.#lost), (waited) => waited.resolve());
  }

  /** Waits for `work`, until `over` ends it after `ms`, or nobody wants a connection any more. */
  async #within<T>(ms: number, over: (waited: Deferred<T>) => void, work?: () => Promise<T>): Promise<T> {
    const { clock } = this.#options.node;
    const { signal } = this.#stop;
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

function canceled({ reason }: { readonly reason: unknown }): NetronError {
  return new NetronError('canceled', 'connecting was canceled', { cause: reason });
}

/** Peer at an address that has not named itself yet. */
const stranger: CallPeer = Object.freeze({ id: '', identity: undefined });
