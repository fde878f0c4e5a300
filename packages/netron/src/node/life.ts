/** Lifecycle of a node, from `prepare` to `stop`: starts its parts in order, lets work in flight finish, and stops them. */
import { NetronError } from '../errors/netron-error.js';
import type { Dialer } from '../peer/dialer.js';
import type { Link } from '../peer/link/link.js';
import { watchLink } from '../peer/link/watch-link.js';
import { checkNumbers } from '../util/check-numbers.js';
import type { Clock } from '../util/clock.js';
import { deferred } from '../util/deferred.js';
import type { InFlight } from '../util/in-flight.js';
import { checkOptions } from '../util/option-names.js';
import type { Scheduler } from '../util/scheduler.js';
import type { NodeDiscovery } from './discovery.js';
import type { ListenRequest } from './listen-requests.js';
import type { Listeners } from './listeners.js';
import type { PeerDirectory } from './peer-directory.js';
import { StopTime } from './stop-time.js';

/**
 * `idle`: prepared, does not listen. `starting`: opens its listeners. `ready`: started. `draining`: accepts no new calls
 * and finishes the rest. `stopped`: final.
 */
export type NodeState = 'idle' | 'starting' | 'ready' | 'draining' | 'stopped';

/** Parts of a node that start and stop with it. */
export interface NodeParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly listeners: Listeners;
  readonly peers: Pick<PeerDirectory, 'all' | 'links'>;
  /** First connections that are being established. */
  readonly dialing: ReadonlySet<Pick<Dialer, 'ended'>>;
  readonly acceptor: { drain(): void; close(): void };
  readonly edge: { close(reason: string): void };
  readonly dispatcher: { refuse(reason: string): void; seal(reason: string): void };
  /** Calls that the node answers, and streams that it sends. */
  readonly inFlight: InFlight;
  /** The node's registration in registries. */
  readonly discovery: Pick<NodeDiscovery, 'start' | 'changed' | 'stop'>;
  /** Parts that the node shares with other nodes: events, rooms, presence. */
  readonly shared: { start(): Promise<void> | undefined; leave(): void; caughtUp(ms: number): Promise<void> };
  /** Notifies listeners that the node is being drained or stopped; called once. */
  leaving(): void;
  /** Releases what is left after all connections are closed. */
  release(): Promise<void>;
}

/**
 * Returns the timeout given to `drain` or `stop`; `undefined` for the default.
 *
 * @throws TypeError for unknown options, RangeError for a time that is not a number from 0
 */
export function givenTime(where: string, options: { readonly timeout?: number }): number | undefined {
  checkOptions(where, options, { timeout: true });
  const { timeout } = options;
  if (timeout !== undefined) checkNumbers(where, { timeout }, 'a non-negative number');
  return timeout;
}

/** Milliseconds that a peer has to acknowledge goodbye. */
const longestGoodbye = 1_000;

export class NodeLife {
  /** Calls and streams that were cut off by the timeout, and connections that still had unsent bytes by then. */
  unfinished = 0;
  readonly #parts: NodeParts;
  readonly #requests: readonly ListenRequest[];
  readonly #patience: number;
  #state: NodeState = 'idle';
  #starting: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #drainTime: StopTime | undefined;
  #stopping: Promise<void> | undefined;
  #stopTime: StopTime | undefined;
  #saidGoodbye = false;
  #announcedLeaving = false;

  /**
   * @param requests where to listen
   * @param patience default timeout, in milliseconds, for calls and streams in flight in `drain` and `stop`
   */
  constructor(parts: NodeParts, requests: readonly ListenRequest[], patience: number) {
    this.#parts = parts;
    this.#requests = requests;
    this.#patience = patience;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Whether the node is being stopped, or was. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Opens all listeners, or none: when one fails, those opened before are closed, and `start` may be called again. */
  start(): Promise<void> {
    if (this.#state === 'draining' || this.#state === 'stopped') return Promise.reject(notAnyMore(this.#state));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Says goodbye to all peers and waits until the calls and streams that the node answers have finished. Connections stay open. A
   * later call with less time shortens a drain in progress.
   */
  drain(timeout?: number): Promise<void> {
    if (this.#stopping !== undefined) return this.#stopping;
    if (timeout !== undefined) this.#drainTime?.shorten(timeout);
    this.#draining ??= this.#drain(timeout ?? this.#patience);
    return this.#draining;
  }

  /** A later call with less time shortens a stop in progress; the first one also bounds a drain. */
  stop(timeout?: number): Promise<void> {
    if (timeout !== undefined) this.#stopTime?.shorten(timeout);
    this.#stopping ??= this.#stop(timeout ?? this.#patience);
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { listeners } = this.#parts;
    this.#state = 'starting';
    try {
      for (const request of this.#requests) {
        await listeners.open(request);
        if (this.#state !== 'starting') throw notAnyMore(this.#state);
      }
      const announced = this.#parts.discovery.start();
      if (announced !== undefined) await announced;
      const joined = this.#parts.shared.start();
      if (joined !== undefined) await joined;
      if (this.#state !== 'starting') throw notAnyMore(this.#state);
      this.#state = 'ready';
    } catch (error) {
      this.#starting = undefined;
      if (this.#state === 'starting') this.#state = 'idle';
      await this.#parts.discovery.stop();
      await listeners.close().catch(() => {});
      throw error;
    }
  }

  async #drain(timeout: number): Promise<void> {
    const { clock, acceptor, dispatcher, inFlight } = this.#parts;
    const time = new StopTime(timeout, clock);
    this.#drainTime = time;
    acceptor.drain();
    this.#sayGoodbye('the node is draining');
    await this.#goodbyeRead(time);
    await this.#settled(() => inFlight.size, time);
    time.close();
    this.#drainTime = undefined;
    // During a stop, `stop` counts what is unfinished.
    if (this.#stopping === undefined) this.unfinished = inFlight.size;
    dispatcher.refuse('the node is draining');
    await this.#answersWritten();
  }

  async #stop(timeout: number): Promise<void> {
    const time = new StopTime(timeout, this.#parts.clock);
    this.#stopTime = time;
    this.#drainTime?.shorten(timeout);
    try {
      await this.#stopIn(time);
    } finally {
      time.close();
      this.#stopTime = undefined;
    }
  }

  async #stopIn(time: StopTime): Promise<void> {
    const { listeners, peers, acceptor, dispatcher, inFlight } = this.#parts;
    this.#announceLeaving();
    // The node is removed from registries first, so that no new callers arrive while the rest ends.
    const withdrawn = this.#parts.discovery.stop();
    if (withdrawn !== undefined) await withdrawn;
    const problem = await listeners.closeInTime();
    acceptor.close();
    for (const dialer of this.#parts.dialing) dialer.ended();
    this.#sayGoodbye('the node is stopping');
    for (const peer of peers.all) peer.life.finish('the node is stopping');
    await this.#goodbyeRead(time);
    // A caller that this node is answering may call this node in order to finish.
    await this.#settled(() => inFlight.size, time);
    dispatcher.seal('the node is stopping');
    for (const { calls } of peers.links) calls.seal('the node is stopping');
    // Wait for running methods, even if their callers have gone, and for this node's own calls.
    const unfinished = (): number => peers.links.reduce((sum, { calls }) => sum + calls.size, inFlight.size);
    await this.#settled(unfinished, time);
    this.unfinished = unfinished();
    await this.#answersWritten();
    // Wait until everything is sent: the program may exit as soon as `stop` resolves.
    const unsent = (): Link[] => peers.links.filter(({ outbox }) => outbox.pending > 0);
    await time.wait(this.#read(unsent(), time.left, true));
    this.unfinished += unsent().length;
    for (const peer of peers.all) peer.life.leave('the node was stopped');
    await this.#parts.release();
    this.#state = 'stopped';
    if (problem !== undefined) throw problem;
  }

  #sayGoodbye(reason: string): void {
    this.#announceLeaving();
    if (this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    this.#parts.discovery.changed();
    this.#parts.edge.close(reason);
    for (const link of this.#parts.peers.links) link.sayGoodbye('unavailable', reason);
    this.#parts.shared.leave();
  }

  #announceLeaving(): void {
    this.#state = 'draining';
    if (this.#announcedLeaving) return;
    this.#announcedLeaving = true;
    this.#parts.leaving();
  }

  /** Waits until peers have read goodbye: by then, every call they sent before it has arrived, and no more follow. */
  async #goodbyeRead(time: StopTime): Promise<void> {
    const { peers, shared } = this.#parts;
    const ms = Math.min(longestGoodbye, time.left);
    if (ms > 0) await time.wait(Promise.all([this.#read(peers.links, ms, false), shared.caughtUp(ms)]));
  }

  /** Waits, for at most `ms` milliseconds, until the other ends have read what was sent to them; `whole`: long messages as well. */
  async #read(links: readonly Link[], ms: number, whole: boolean): Promise<void> {
    if (ms > 0) await Promise.all(links.map(({ heartbeat }) => heartbeat.caughtUp(ms, whole)));
  }

  /** Waits until `rest` is 0 or the time is over: checks at the end of this turn, and of each turn in which something has ended. */
  async #settled(rest: () => number, time: StopTime): Promise<void> {
    if (time.left === 0) return;
    const { inFlight, peers, scheduler } = this.#parts;
    const nothing = deferred<void>();
    let looks = false;
    // Checked at the end of the turn: a call that has ended may continue as the stream that it returned, or begin after its service was found.
    const look = (): void => {
      if (looks) return;
      looks = true;
      scheduler.turnEnd(() => {
        looks = false;
        if (rest() === 0) nothing.resolve();
      });
    };
    const offs = [inFlight.idle.add(look), ...peers.links.map((link) => watchLink(link, look))];
    look();
    await time.wait(nothing.promise);
    for (const off of offs) off();
  }

  /** Resolves at the end of the turn, when the last answers have been written. */
  #answersWritten(): Promise<void> {
    return new Promise<void>((resolve) => this.#parts.scheduler.turnEnd(resolve));
  }
}

function notAnyMore(state: NodeState): NetronError {
  return new NetronError('failed_precondition', `cannot start listening: the node is ${state}`);
}
