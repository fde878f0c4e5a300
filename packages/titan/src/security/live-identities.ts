import { type Call, type Clock, type Netron, NetronError } from '@omnitron-dev/netron';
import type { AuthContext, Revocations } from '@omnitron-dev/netron-auth/identity';

/** Milliseconds between two checks of open streams. */
const interval = 1_000;

/** Options of live identities. */
export interface LiveIdentitiesOptions {
  readonly revocations: Revocations;
  /** Whether connections without an identity may stay. */
  readonly anonymous: boolean;
  readonly clock: Clock;
}

/** An open stream of a reader. */
interface OpenStream {
  /** Returns the current identity of its reader, which changes with a renewal. */
  readonly reader: () => AuthContext | undefined;
  /** Ends it. */
  readonly fail: () => void;
}

/**
 * Identities in use: detects expired and revoked ones, and ends the streams and connections that their owners have open.
 * Streams end within a second; connections of a revoked identity become anonymous at once, or are closed if anonymous
 * callers are not allowed.
 */
export class LiveIdentities {
  readonly #options: LiveIdentitiesOptions;
  readonly #clock: Clock;
  readonly #streams = new Set<OpenStream>();
  readonly #nodes = new Set<Netron>();
  #timer: unknown;

  constructor(options: LiveIdentitiesOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Returns why an identity has ended; `undefined` for a valid one. */
  fault(user: AuthContext): 'expired' | 'revoked' | undefined {
    if (user.expiresAt !== undefined && !(user.expiresAt > this.#clock.wall())) return 'expired';
    return this.#options.revocations.has(user) ? 'revoked' : undefined;
  }

  /** Watches the connections of a node. Returns a function that ends this. */
  watch(node: Netron): () => void {
    this.#nodes.add(node);
    const end = this.#options.revocations.on(() => {
      this.#leaveRevoked(node);
      this.#look();
    });
    return () => {
      end();
      this.#nodes.delete(node);
    };
  }

  /**
   * Passes on a stream until its reader's identity ends: then reading fails with `unauthenticated`. With a renewed identity
   * of the connection, it continues.
   */
  guard(stream: unknown, call: Call, name: string): unknown {
    if (call.user === undefined) return stream;
    const reader = this.#readerOf(call);
    const ended = () => new NetronError('unauthenticated', `${name}: the identity has expired or been revoked`);
    return new GuardedStream(stream as AsyncIterable<unknown>, (fail) => this.#open({ reader, fail: () => fail(ended()) }));
  }

  /** Returns the reader: the current identity of the connection, or the user of the call. */
  #readerOf({ user, peer }: Call): OpenStream['reader'] {
    // A call within the process has the user of the surrounding call: that of a connection, whose identity may be renewed.
    const owner = peer.transport === 'local' ? this.#peerOf(user) : user === peer.identity ? peer : undefined;
    return owner ? () => owner.identity as AuthContext | undefined : () => user;
  }

  /** Returns the connection that an identity belongs to. */
  #peerOf(identity: unknown): Call['peer'] | undefined {
    for (const node of this.#nodes) for (const peer of node.peers.values()) if (peer.identity === identity) return peer;
    return undefined;
  }

  /** Watches a stream. Returns a function that ends this. */
  #open(stream: OpenStream): () => void {
    this.#streams.add(stream);
    this.#timer ??= this.#clock.setTimeout(() => this.#tick(), interval, true);
    return () => void this.#streams.delete(stream);
  }

  #tick(): void {
    this.#timer = undefined;
    this.#look();
    if (this.#streams.size > 0) this.#timer = this.#clock.setTimeout(() => this.#tick(), interval, true);
  }

  #look(): void {
    for (const { reader, fail } of [...this.#streams]) {
      const user = reader();
      if (user === undefined || this.fault(user) !== undefined) fail();
    }
  }

  #leaveRevoked(node: Netron): void {
    for (const peer of [...node.peers.values()]) {
      const user = peer.identity as AuthContext | undefined;
      if (user === undefined || !this.#options.revocations.has(user)) continue;
      peer.identify(undefined);
      if (!this.#options.anonymous) void peer.disconnect().catch(() => {});
    }
  }
}

/** Yields the items of a stream until it is failed from outside, also while an item is awaited. */
class GuardedStream implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>;
  readonly #waiting = new Set<(error: NetronError) => void>();
  readonly #leave: () => void;
  #failure: NetronError | undefined;

  constructor(stream: AsyncIterable<unknown>, open: (fail: (error: NetronError) => void) => () => void) {
    const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = stream as AsyncIterable<unknown> & Iterable<unknown>;
    this.#source = (later ?? now).call(stream) as AsyncIterator<unknown>;
    this.#leave = open((error) => this.#fail(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#take().then(
        (result) => {
          this.#waiting.delete(reject);
          if (result.done) this.#leave();
          resolve(result);
        },
        (error: unknown) => {
          this.#waiting.delete(reject);
          this.#leave();
          reject(error);
        },
      );
    });
  }

  async #take(): Promise<IteratorResult<unknown>> {
    return this.#source.next();
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#leave();
    return (await this.#source.return?.(value)) ?? { done: true, value };
  }

  #fail(error: NetronError): void {
    this.#leave();
    this.#failure = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    // It may be waiting for an item that never arrives; not awaited here.
    void this.#stopSource().catch(() => {});
  }

  async #stopSource(): Promise<void> {
    await this.#source.return?.();
  }
}
