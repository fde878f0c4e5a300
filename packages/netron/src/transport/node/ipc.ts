import type { ChildProcess } from 'node:child_process';
import { isMainThread, type MessagePort, parentPort, type Worker } from 'node:worker_threads';
import { random } from '#platform';
import { NetronError } from '../../errors/netron-error.js';
import { AcceptQueue } from '../accept-queue.js';
import { connectAttempt } from '../connect-attempt.js';
import { MessagePortTransport, type MessageTarget } from '../message-port.js';
import { checkTransportOptions, type OwnOptionNames } from '../option-names.js';
import type { Connection, ConnectOptions, Server, Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { type Envelope, IpcConnection, type ProcessChannel, probe, readEnvelope, survived, write } from './ipc-connection.js';

/** Options of `IpcTransport`. */
export interface IpcOptions extends TransportOptions {
  /** Target to listen on. Default: the process or thread that created this one. */
  on?: IpcTarget;
}

/** Target of `IpcTransport`: a child, the parent (`process`), a worker thread or a port. */
export type IpcTarget = ChildProcess | NodeJS.Process | ProcessChannel | Worker | MessagePort | MessageTarget;

const defaultMaxConnections = 10_000;

/**
 * Messages between a process and its children, and between threads: `connect(child)` outside and `listen()` inside, or the other way round.
 * The application can still use the channel; it sees objects with the key `@netron/ipc`, which it should ignore.
 */
export class IpcTransport implements Transport {
  readonly name = 'ipc';
  readonly schemes = ['ipc'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: false, reconnection: false };
  readonly optionNames: OwnOptionNames<IpcOptions> = { on: true };
  readonly #ports = new MessagePortTransport();

  /**
   * @throws NetronError `deadline_exceeded` when nothing listens there, `unavailable` when the process has ended, `canceled`,
   *   `invalid_argument` for any other target
   */
  async connect(target: string | IpcTarget, options: IpcOptions = {}): Promise<Connection> {
    checkTransportOptions(this, options);
    if (isProcess(target)) return connectProcess(target, options);
    if (isPort(target)) {
      const { on: _, ...rest } = options;
      return this.#ports.connect(target, rest);
    }
    if (target === undefined || target === null) {
      throw new NetronError('invalid_argument', 'expected an address or an object to connect to');
    }
    throw new NetronError('invalid_argument', 'expected a ChildProcess, a Worker or a MessagePort, not an address');
  }

  /**
   * @param at not used: `options.on` is the target to listen on
   * @throws NetronError `failed_precondition` in a process without an IPC channel
   */
  async listen(_at?: number | string, options: IpcOptions = {}): Promise<Server> {
    checkTransportOptions(this, options);
    const on = options.on ?? (isMainThread ? process : parentPort);
    if (isProcess(on)) return new IpcServer(on, options);
    if (isPort(on)) return this.#ports.listen(undefined, { ...options, on });
    throw new NetronError('failed_precondition', 'this process has no IPC channel (process.send)');
  }
}

/** Accepts connections over the IPC channel of a process. */
export class IpcServer implements Server {
  readonly address = 'ipc:';
  readonly #process: ProcessChannel;
  readonly #room = new AcceptQueue();
  readonly #onMessage: (data: unknown) => void;

  /** @param on a process with an open IPC channel */
  constructor(on: ProcessChannel, options: TransportOptions = {}) {
    this.#process = on;
    const { maxConnections = defaultMaxConnections, maxConnectionsPerAddress = maxConnections } = options;
    const open = new Set<number>();
    this.#onMessage = (data) => {
      const envelope = readEnvelope(data);
      if (envelope?.kind === 'hello') write(on, 0, 'ready', '');
      if (envelope?.kind !== 'open' || open.has(envelope.id)) return;
      const { id, payload } = envelope;
      if (open.size >= Math.min(maxConnections, maxConnectionsPerAddress)) {
        write(on, id, 'refuse', '');
        return;
      }
      open.add(id);
      const connection = new IpcConnection(on, { ...options, id, binary: survived(payload), onRelease: () => open.delete(id) });
      write(on, id, 'accept', probe);
      this.#room.add(connection);
    };
    on.on('message', this.#onMessage);
    write(on, 0, 'ready', '');
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    this.#process.off('message', this.#onMessage);
    this.#room.close();
  }
}

/** Requests a connection until the other process listens; resolves when it has accepted. */
function connectProcess(target: ProcessChannel, options: ConnectOptions): Promise<IpcConnection> {
  return connectAttempt<IpcConnection>('the other process', options, ({ done, failed }) => {
    const id = 1 + Math.floor(random() * 2 ** 48);
    let asked = false;
    const onEnvelope = ({ kind, id: of, payload }: Envelope) => {
      if (kind === 'ready' && !asked) {
        asked = true;
        write(target, id, 'open', probe);
      }
      if (of !== id || (kind !== 'accept' && kind !== 'refuse')) return;
      silence();
      if (kind === 'accept') done(new IpcConnection(target, { ...options, id, binary: survived(payload) }));
      else failed(new NetronError('unavailable', 'the other process has too many connections'));
    };
    const onMessage = (data: unknown) => {
      const envelope = readEnvelope(data);
      if (envelope !== undefined) onEnvelope(envelope);
    };
    const fail = (why: string, cause?: Error) => {
      silence();
      failed(new NetronError('unavailable', why, cause && { cause }));
    };
    const onDisconnect = () => fail('the other process has exited, or has closed its IPC channel');
    const onError = (cause: Error) => fail(`the other process could not be started: ${cause.message}`, cause);
    const silence = () => {
      target.off('message', onMessage);
      target.off('disconnect', onDisconnect);
      target.off('error', onError);
    };
    target.on('message', onMessage);
    target.on('disconnect', onDisconnect);
    target.on('error', onError);
    if (target.connected) write(target, 0, 'hello', '');
    else onDisconnect();
    return () => {
      silence();
      if (asked) write(target, id, 'bye', [1006, '']);
    };
  });
}

function isProcess(target: unknown): target is ProcessChannel {
  const { send, on } = (target ?? {}) as Partial<ProcessChannel>;
  return typeof send === 'function' && typeof on === 'function';
}

function isPort(target: unknown): target is MessageTarget {
  return typeof (target as MessageTarget | undefined)?.postMessage === 'function';
}
