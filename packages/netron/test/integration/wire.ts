/** A memory transport that tests can watch, silence and cut. */
import { type Connection, type ConnectOptions, MemoryTransport } from '../../src/index.js';
import type { ConnectionReceiver } from '../../src/types.js';

/** One connection, at the end that opened it. */
export class Tap implements Connection {
  /** Messages sent and received. */
  sent = 0;
  received = 0;
  /** Nothing passes either way, and nobody is told. */
  silent = false;
  #held: Uint8Array[] | undefined;
  readonly #connection: Connection;
  #receiver: ConnectionReceiver | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get pending(): number {
    return this.#connection.pending;
  }

  start(receiver: ConnectionReceiver): void {
    this.#receiver = receiver;
    this.#connection.start({
      message: (bytes) => {
        if (this.silent) return;
        this.received += 1;
        if (this.#held === undefined) receiver.message(bytes);
        else this.#held.push(bytes);
      },
      drained: () => receiver.drained(),
      closed: (error) => {
        if (!this.silent) receiver.closed(error);
      },
    });
  }

  send(message: Uint8Array): boolean {
    if (this.silent) return true;
    this.sent += 1;
    return this.#connection.send(message);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(code?: Parameters<Connection['close']>[0], reason?: string): void {
    if (!this.silent) this.#connection.close(code, reason);
  }

  terminate(): void {
    if (!this.silent) this.#connection.terminate();
  }

  /** Keeps what arrives. Returns a function that hands it over, all of it in one turn. */
  hold(): () => void {
    const held: Uint8Array[] = [];
    this.#held = held;
    return () => {
      this.#held = undefined;
      for (const bytes of held) this.#receiver?.message(bytes);
    };
  }

  /** Breaks the connection at both ends. */
  cut(): void {
    this.#connection.terminate();
  }

  /** The end that opened the connection finds it broken; the other end hears nothing. */
  cutHere(): void {
    this.silent = true;
    queueMicrotask(() => this.#receiver?.closed(new Error('broken')));
  }
}

/** Opens tapped connections. The server's side uses it like any memory transport. */
export class TappedTransport extends MemoryTransport {
  readonly taps: Tap[] = [];
  /** Makes the next connects fail. */
  down = false;

  get last(): Tap {
    return this.taps[this.taps.length - 1] as Tap;
  }

  override async connect(url: string, options?: ConnectOptions): Promise<Connection> {
    if (this.down) throw new Error('the network is down');
    const tap = new Tap(await super.connect(url, options));
    this.taps.push(tap);
    return tap;
  }
}
