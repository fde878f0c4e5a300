/** The connecting side of a lasting peer: connects to an address until it succeeds, and again when the connection is lost or draining. */
import { NetronError } from '../errors/netron-error.js';
import { isRefused } from '../transport/refused.js';
import type { Connection, ConnectionReceiver } from '../transport/transport.js';
import { onAbort } from '../util/on-abort.js';
import { Stop } from '../util/stop.js';
import { canceled, type DialOptions, dial, type Greeted, nobody, shownCredentials, within } from './dial.js';
import { type Awaited, DialPace } from './dial-pace.js';
import type { DialSettings } from './dial-settings.js';
import { DialTargets } from './dial-targets.js';
import { isFinal } from './final-error.js';
import type { Hello } from './link/greeting.js';
import { resumeFeature } from './link/hello.js';
import { Link } from './link/link.js';
import type { Reconnector, RemotePeer } from './remote-peer.js';
import type { SessionBounds } from './session/session-bounds.js';
import type { SessionConnection } from './session/session-connection.js';

/** Options of a dialer. */
export interface DialerOptions extends DialOptions {
  readonly settings: DialSettings;
  /** Called when the peer's node has another id after a reconnect. */
  readonly renamed: (peer: RemotePeer, nodeId: string, number: number) => void;
}

export class Dialer implements Reconnector {
  readonly dialed = true;
  readonly #options: DialerOptions;
  readonly #stop = new Stop();
  readonly #pace: DialPace;
  #peer: RemotePeer | undefined;
  /** Whether the next connection is being made. */
  #connecting = false;
  /** Whether the peer has no connection. */
  #lost = false;
  /** Session of the link in use. */
  #session: SessionConnection | undefined;
  /** Secret by which the other end knows this node. */
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
   * Makes the first connection.
   *
   * @throws the error of the last attempt
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

  /** Reconnects after a delay. */
  #again(peer: RemotePeer): void {
    this.#pace.ended();
    this.#lost = true;
    if (!this.#connecting) this.#connect(peer, this.#wait());
  }

  /**
   * Makes the next connection while the other end drains the current one: at once when that one was good, otherwise after a delay, so that
   * an end that drains every connection does not cause a busy loop.
   */
  leaving(peer: RemotePeer): void {
    const { transport, settings } = this.#options;
    if (!transport.supports.reconnection || settings.attempts === 0 || this.#stop.stopped || this.#connecting) return;
    this.#targets.next();
    this.#connect(peer, this.#pace.ended() ? Promise.resolve() : this.#wait());
  }

  /** Reconnects after `start` has resolved. A failure closes the peer when it has no other connection. */
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

  /** Also cancels a first connection in progress. */
  ended(): void {
    this.#stop.stop('the peer was released');
  }

  /** Delays the next attempt by at least `ms` milliseconds, as the other end has asked. */
  holdOff(ms: number): void {
    this.#pace.holdOff(ms);
  }

  async #repeat(attempts: number): Promise<void> {
    for (let left = attempts; ; ) {
      left -= 1;
      try {
        return await this.#targets.anywhere(
          () => this.#once(),
          (error) => this.#stop.stopped || isFinal(error),
        );
      } catch (error) {
        if (this.#stop.stopped) throw canceled(this.#stop);
        const failed = NetronError.from(error, 'unavailable');
        if (left <= 0 || isFinal(failed)) throw failed;
        this.#options.node.logger.debug({ attempt: this.#pace.attempt, reason: failed.message }, 'connecting failed');
        if (this.#session?.away === true && this.#wanted?.endsWhenRefused === true && isRefused(failed))
          this.#session.fail(failed.message);
        if (failed.retryAfterMs !== undefined) this.holdOff(failed.retryAfterMs);
        await this.#wait();
      }
    }
  }

  async #once(): Promise<void> {
    const { node, peerKey } = this.#options;
    const wanted = this.#wanted;
    const resumed = wanted !== undefined && this.#session?.away === true ? this.#session : undefined;
    const session = wanted && { next: node.randomBytes(16), received: resumed?.received, buffer: wanted.buffer };
    await dial(this.#options, {
      target: this.#targets.current,
      stop: this.#stop,
      peerKey: { ordinal: peerKey.ordinal, session: this.#secret },
      session,
      begin: (connection, greeted) => {
        const { remote } = greeted;
        const goesOn = remote.features.includes(resumeFeature) ? session : undefined;
        if (goesOn !== undefined) this.#secret = goesOn.next;
        const receiver = resumed && this.#resume(resumed, connection, remote, goesOn !== undefined);
        return receiver ?? this.#begin(connection, greeted, goesOn && wanted);
      },
    });
  }

  /** Limits of the session to request; `undefined` for none. */
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

  /** Creates the link of a connection that starts a new conversation. */
  #begin(connection: Connection, { hello, remote, advertised }: Greeted, bounds: SessionBounds | undefined): ConnectionReceiver {
    const { node, adopt, renamed } = this.#options;
    if (this.#peer === undefined) this.#peer = adopt(remote.id, hello.ordinal, this);
    else renamed(this.#peer, remote.id, hello.ordinal);
    this.#connected();
    const peer = this.#peer;
    const session = bounds && node.sessions?.open(connection, bounds);
    const link = new Link(session ?? connection, node, peer, hello, remote, advertised);
    this.#session = session;
    const receiver = session?.begin(link, remote.buffer) ?? link;
    if (session !== undefined) {
      session.interrupted = (reason) => {
        peer.linkInterrupted(link, reason);
        if (session === this.#session) this.#again(peer);
      };
    }
    peer.attach(link, remote, nobody);
    return receiver;
  }

  /** Continues a session; returns `undefined` when the other end has started a new one, which ends this one. */
  #resume(
    session: SessionConnection,
    connection: Connection,
    { received, expiresInMs }: Hello,
    known: boolean,
  ): ConnectionReceiver | undefined {
    if (!known || received === undefined) session.fail('the other end no longer knows it');
    // The session timed out during the handshake, while the other end assumes that it continues.
    else if (!session.away) throw new NetronError('unavailable', 'the session ended during the handshake');
    else if (!session.covers(received)) session.fail(`the other end reports ${received} received messages`);
    else {
      this.#connected();
      const receiver = session.goOn(connection, received);
      (this.#peer as RemotePeer).linkResumed(session, { identity: undefined, expiresInMs: undefined }, expiresInMs);
      return receiver;
    }
    return undefined;
  }

  get asks(): boolean {
    return typeof this.#options.settings.credentials === 'function';
  }

  /** Returns the credentials to send; a function is called. */
  credentials(): Promise<unknown> {
    const { node, settings } = this.#options;
    return shownCredentials(node.clock, settings, this.#targets.current, this.#stop.signal);
  }

  #wait(): Promise<void> {
    return within(this.#options.node.clock, this.#stop.signal, this.#pace.next(this.#awaited), (waited) => waited.resolve());
  }

  get #awaited(): Awaited {
    if (this.#session?.away === true) return this.#wanted ?? 'nothing';
    return this.#connecting && !this.#lost ? 'leaving' : 'nothing';
  }
}
