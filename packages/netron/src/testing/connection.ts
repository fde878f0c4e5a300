import type { NetronError } from '../errors/netron-error.js';
import { closeError, closeTimeout, cutReason, defaultMaxMessage, lost, refuseEmpty, violation } from '../transport/close.js';
import { type CloseCode, type Connection, type ConnectionReceiver, highWaterMark } from '../transport/transport.js';
import { Fifo } from '../util/fifo.js';
import type { NetworkEnd, NetworkProcess, SimulatedLine, SimulatedNetwork } from './network.js';
import { hashOf } from './trace.js';

/** Number of bytes after which the receiver reports what it has accepted. */
const reportEvery = 32 * 1024;

/** Facts about one end of a connection. */
export interface SimulatedEnd {
  readonly number: number;
  readonly process: NetworkProcess;
  /** Name of the process at the other end. */
  readonly to: string;
  readonly network: SimulatedNetwork;
  readonly maxMessage: number | undefined;
}

/** One end of a connection in a simulated network. */
export class SimulatedConnection implements Connection, NetworkEnd {
  readonly remoteAddress: string;
  readonly number: number;
  readonly process: NetworkProcess;
  readonly to: string;
  /** Line that carries messages from this end. */
  readonly line: SimulatedLine;
  /** The other end. */
  other!: SimulatedConnection;
  readonly #network: SimulatedNetwork;
  #maxMessage: number;
  #receiver: ConnectionReceiver | undefined;
  readonly #arrived = new Fifo<Uint8Array | { readonly error: NetronError | undefined }>();
  #paused = false;
  #full = false;
  #closing = false;
  #over = false;
  #unread = 0;
  #taken = 0;
  #timer: unknown;

  constructor({ number, process, to, network, maxMessage = defaultMaxMessage }: SimulatedEnd) {
    this.remoteAddress = `sim:${to}`;
    this.number = number;
    this.process = process;
    this.to = to;
    this.line = network.line(process.name, to);
    this.#network = network;
    this.#maxMessage = maxMessage;
    network.add(this);
  }

  /** Bytes that the other end has not accepted yet. Messages are copied, and amounts that are not reported yet count as none. */
  get pending(): number {
    return this.#over || this.#unread < 2 * reportEvery ? 0 : this.#unread;
  }

  start(receiver: ConnectionReceiver): void {
    if (this.#receiver !== undefined) throw new TypeError('the connection was already started');
    this.#receiver = receiver;
    this.process.later(() => this.#deliver());
  }

  send(message: Uint8Array): boolean {
    refuseEmpty(message);
    if (this.#closing) return true;
    const copy = message.slice();
    this.#unread += copy.length;
    this.#travel(`${copy.length} bytes ${hashOf(copy)}`, (other) => other.#arrive(copy));
    if (this.#unread < highWaterMark) return true;
    this.#full = true;
    return false;
  }

  limitMessage(bytes: number): void {
    this.#maxMessage = bytes;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.process.later(() => this.#deliver());
  }

  close(code: CloseCode = 1000, reason = ''): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#arrived.clear();
    this.#sayClose(code, reason);
    this.#timer = this.process.clock.setTimeout(() => this.#end(undefined), closeTimeout, true);
  }

  terminate(): void {
    if (this.#over) return;
    this.#closing = true;
    this.#arrived.clear();
    this.#travel('cut off', (other) => other.break());
    this.process.later(() => this.#end(undefined));
  }

  /** Breaks the connection. */
  break(): void {
    if (this.#over) return;
    if (this.#closing) return this.#end(undefined);
    this.#arrived.push({ error: lost(this.remoteAddress) });
    this.#closing = true;
    this.#deliver();
  }

  /** Closes the connection because the process has died: its operating system notifies the other end. */
  hangUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing = true;
    this.#travel('hang up', (other) => other.break());
  }

  #sayClose(code: number, reason: string): void {
    const cut = cutReason(reason);
    this.#travel(`close ${code} ${cut}`, (other) => other.#goodbye(code, cut));
  }

  #travel(text: string, arrive: (other: SimulatedConnection) => void): void {
    const { other, process, to } = this;
    const name = `${process.name} > ${to} #${this.number}`;
    this.line.send(() =>
      other.process.enter(() => {
        this.#network.trace.note(`${name} ${text}`);
        arrive(other);
      }),
    );
  }

  #arrive(message: Uint8Array): void {
    if (this.#closing) return;
    if (message.length <= this.#maxMessage) {
      this.#arrived.push(message);
      return this.#deliver();
    }
    const error = violation(1009, `a message of ${message.length} bytes exceeds the limit of ${this.#maxMessage}`);
    this.#sayClose(1009, error.message);
    this.#closing = true;
    this.#arrived.push({ error });
    this.#deliver();
  }

  #goodbye(code: number, reason: string): void {
    if (this.#over) return;
    this.#travel('closed', (other) => other.#end(undefined));
    if (this.#closing) return this.#end(undefined);
    this.#closing = true;
    this.#arrived.push({ error: closeError(code, reason) });
    this.#deliver();
  }

  #deliver(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    while (this.#arrived.size > 0 && !this.#paused && !this.#over) {
      const next = this.#arrived.shift() as Uint8Array | { readonly error: NetronError | undefined };
      if (!(next instanceof Uint8Array)) return this.#end(next.error);
      this.#take(next.length);
      receiver.message(next);
    }
  }

  #take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < reportEvery) return;
    const taken = this.#taken;
    this.#taken = 0;
    this.#travel(`taken ${taken}`, (other) => other.#onTaken(taken));
  }

  #onTaken(bytes: number): void {
    this.#unread -= bytes;
    if (!this.#full || this.#unread >= highWaterMark / 2 || this.#closing) return;
    this.#full = false;
    this.#receiver?.drained();
  }

  #end(error: NetronError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.process.clock.clearTimeout(this.#timer);
    this.#network.remove(this);
    this.#receiver?.closed(error);
  }
}
