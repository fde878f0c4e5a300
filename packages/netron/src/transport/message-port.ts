import { NetronError } from '../errors/netron-error.js';
import { AcceptQueue } from './accept-queue.js';
import { type Channel, ChannelConnection, type ChannelPacket } from './channel-connection.js';
import { connectAttempt } from './connect-attempt.js';
import { checkTransportOptions, type OwnOptionNames } from './option-names.js';
import type { Connection, ConnectOptions, Server, Transport, TransportCapabilities, TransportOptions } from './transport.js';

/** Common members of a `MessagePort`, a `Worker`, and the global scope of a worker, in browsers and in Node. */
export interface MessageTarget {
  // biome-ignore lint/suspicious/noExplicitAny: the platforms' own types do not agree on the list of what is transferred
  postMessage(message: any, transfer?: any): void;
}

/** Options of `MessagePortTransport`. */
export interface MessagePortOptions extends TransportOptions {
  /** Target to listen on. Default: inside a worker, its creator. */
  on?: MessageTarget;
}

/** Property of the messages by which two ends set up a connection. */
const key = '@netron/port';
const defaultMaxConnections = 10_000;

/** Messages over a dedicated `MessagePort`. Their bytes are transferred. */
export class MessagePortConnection extends ChannelConnection {}

/**
 * Messages to and from workers: `connect(worker)` outside and `listen()` inside, or the other way round. Each connection has its own
 * `MessagePort`; the worker's own channel carries only the objects that set it up, with the key `@netron/port`.
 */
export class MessagePortTransport implements Transport {
  readonly name: string = 'message-port';
  readonly schemes: readonly string[] = ['message-port'];
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: false };
  readonly optionNames: OwnOptionNames<MessagePortOptions> = { on: true };

  /**
   * @param target a `Worker` or `MessagePort`. A port is started, and stays open when the connection closes
   * @throws NetronError `deadline_exceeded` when nothing listens there, `canceled`, `invalid_argument` for any other target
   */
  async connect(target: string | MessageTarget, options: MessagePortOptions = {}): Promise<Connection> {
    checkTransportOptions(this, options);
    if (typeof target === 'string' || typeof target?.postMessage !== 'function') {
      throw new NetronError('invalid_argument', 'expected a Worker or a MessagePort, not an address');
    }
    return connectPort(target, options);
  }

  /**
   * @param at not used: `options.on` is the target to listen on
   * @throws NetronError `failed_precondition` outside a worker without `on`
   */
  async listen(_at?: number | string, options: MessagePortOptions = {}): Promise<MessagePortServer> {
    checkTransportOptions(this, options);
    const on = options.on ?? workerScope();
    if (on === undefined)
      throw new NetronError('failed_precondition', 'not in a worker: set the option "on" to the target to listen on');
    return new MessagePortServer(on, options);
  }
}

/** Accepts the ports that `MessagePortTransport.connect` sends. */
export class MessagePortServer implements Server {
  readonly address = 'message-port:';
  readonly #room = new AcceptQueue();
  readonly #silence: () => void;

  constructor(on: MessageTarget, options: TransportOptions) {
    const { maxConnections = defaultMaxConnections, maxConnectionsPerAddress = maxConnections } = options;
    let connections = 0;
    this.#silence = hear(on, (data) => {
      const word = wordOf(data);
      if (word === 'hello') on.postMessage({ [key]: 'ready' });
      if (!isPort(word)) return;
      if (connections >= Math.min(maxConnections, maxConnectionsPerAddress)) {
        word.postMessage([1013, 'too many connections']);
        word.close?.();
        return;
      }
      connections++;
      const connection = portConnection(word, options, () => connections--);
      word.postMessage(0);
      this.#room.add(connection);
    });
    on.postMessage({ [key]: 'ready' });
  }

  accept(onConnection: (connection: Connection) => void): void {
    this.#room.accept(onConnection);
  }

  async close(): Promise<void> {
    this.#silence();
    this.#room.close();
  }
}

/** Offers a new port through `target` until something listens there; resolves when it was accepted. */
function connectPort(target: MessageTarget, options: ConnectOptions): Promise<Connection> {
  return connectAttempt<Connection>('the worker', options, ({ done, failed }) => {
    const { port1, port2 } = new MessageChannel();
    let offered = false;
    const ended = (why: string): void => {
      silence();
      unanswered();
      port1.close();
      failed(new NetronError('unavailable', `the worker ${why} before it accepted a connection`));
    };
    const silence = hear(
      target,
      (data) => {
        if (wordOf(data) !== 'ready' || offered) return;
        offered = true;
        target.postMessage({ [key]: port2 }, [port2]);
      },
      ended,
    );
    const unanswered = hear(port1, (data) => {
      silence();
      unanswered();
      if (data === 0) {
        done(portConnection(port1, options));
      } else {
        port1.close();
        failed(new NetronError('unavailable', 'the worker has too many connections'));
      }
    });
    // Thread id of a Node worker that has ended.
    if ((target as { threadId?: number }).threadId === -1) ended('has exited');
    else target.postMessage({ [key]: 'hello' });
    return () => {
      silence();
      unanswered();
      port1.close();
    };
  });
}

function portConnection(port: Port, options: TransportOptions, onRelease?: () => void): MessagePortConnection {
  const channel = new PortChannel(port, onRelease);
  const connection = new MessagePortConnection(channel, { ...options, remoteAddress: 'message-port:' });
  channel.silence = hear(
    port,
    (data) => connection.receive(data),
    () => connection.lost(),
  );
  return connection;
}

interface Port extends MessageTarget {
  close?(): void;
}

class PortChannel implements Channel {
  silence: (() => void) | undefined;
  readonly #port: Port;
  #onRelease: (() => void) | undefined;

  constructor(port: Port, onRelease: (() => void) | undefined) {
    this.#port = port;
    this.#onRelease = onRelease;
  }

  post(packet: ChannelPacket): void {
    if (!(packet instanceof Uint8Array)) {
      this.#port.postMessage(packet);
      return;
    }
    // The caller keeps its buffer; the copy is transferred without being copied again.
    const copy = new Uint8Array(packet);
    this.#port.postMessage(copy, [copy.buffer]);
  }

  release(): void {
    this.silence?.();
    this.silence = undefined;
    this.#port.close?.();
    this.#onRelease?.();
    this.#onRelease = undefined;
  }
}

interface Hearing {
  addEventListener?(type: string, listener: (event: { data?: unknown; message?: unknown }) => void): void;
  removeEventListener?(type: string, listener: (event: { data?: unknown; message?: unknown }) => void): void;
  on?(type: string, listener: (data: unknown) => void): void;
  off?(type: string, listener: (data: unknown) => void): void;
  start?(): void;
}

/** Listens on a target of any platform; returns a function that stops it. */
function hear(target: MessageTarget, onData: (data: unknown) => void, onEnd: (why: string) => void = () => {}): () => void {
  const hearing = target as Hearing;
  const onClose = (code?: unknown) => onEnd(typeof code === 'number' ? `has exited with code ${code}` : 'has closed its port');
  if (typeof hearing.addEventListener === 'function') {
    const onMessage = (event: { data?: unknown }) => onData(event.data);
    // An error with a message was thrown inside the worker; one without means that the script could not be loaded.
    const onError = (event: { data?: unknown; message?: unknown }) => {
      if (typeof event.message !== 'string') onEnd('could not be loaded');
    };
    hearing.addEventListener('message', onMessage);
    hearing.addEventListener('close', onClose);
    hearing.addEventListener('error', onError);
    hearing.start?.();
    return () => {
      hearing.removeEventListener?.('message', onMessage);
      hearing.removeEventListener?.('close', onClose);
      hearing.removeEventListener?.('error', onError);
    };
  }
  hearing.on?.('message', onData);
  hearing.on?.('exit', onClose);
  return () => {
    hearing.off?.('message', onData);
    hearing.off?.('exit', onClose);
  };
}

function wordOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, key)
    ? (data as Record<string, unknown>)[key]
    : undefined;
}

function isPort(word: unknown): word is Port {
  return typeof (word as Port | undefined)?.postMessage === 'function';
}

/** Returns the global scope of a worker of a browser, Deno or Bun. */
function workerScope(): MessageTarget | undefined {
  const scope = globalThis as { WorkerGlobalScope?: unknown; postMessage?: unknown };
  const inWorker = scope.WorkerGlobalScope !== undefined && typeof scope.postMessage === 'function';
  return inWorker ? (globalThis as unknown as MessageTarget) : undefined;
}
