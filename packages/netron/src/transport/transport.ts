/**
 * Interfaces of a transport: it moves whole messages, in order, with backpressure. A transport knows nothing of what
 * is inside a message. To write one: implement `Transport`, `Connection` and `Server`, and pass `test/contract/transport.ts`.
 */

import type { Clock } from '../util/clock.js';
import type { Scheduler } from '../util/scheduler.js';
import type { ClientCertificate } from './client-certificate.js';

/** Capabilities of a transport. */
export interface TransportCapabilities {
  /** Carries streams of data. */
  readonly streaming: boolean;
  /** Both ends may send at any time. */
  readonly bidirectional: boolean;
  /** Carries bytes as they are; otherwise they travel inside of another encoding (structured clone, JSON). */
  readonly binary: boolean;
  /** A lost connection can be opened again with the same address. */
  readonly reconnection: boolean;
}

/** Makes and accepts connections for the URLs of one or more schemes. */
export interface Transport {
  /** For instance `websocket`; the key in the `transports` option. */
  readonly name: string;
  /** URL schemes without the colon, for instance `['ws', 'wss']`. */
  readonly schemes: readonly string[];
  readonly supports: TransportCapabilities;
  /** Names of the options of its own; a node refuses others than these and those of every transport. Default: none. */
  readonly optionNames?: Readonly<Record<string, true>>;
  /**
   * Opens a connection; resolves when it can carry messages.
   *
   * @throws NetronError `unavailable` when nobody answers, `deadline_exceeded` after `options.timeout`,
   *   `canceled` when `options.signal` aborts, `invalid_argument` for an address that is not one
   */
  connect(url: string, options?: ConnectOptions): Promise<Connection>;
  /**
   * Accepts connections; resolves when it does.
   *
   * @param at a port (0 picks a free one), a path or a name, as the transport has it
   * @throws NetronError `unavailable` when the address is in use or not ours, `unimplemented` where the platform cannot listen
   */
  listen(at?: number | string, options?: ListenOptions): Promise<Server>;
}

/** Options of every transport's `connect`; each transport extends them. */
export interface ConnectOptions {
  /** Milliseconds until the attempt fails. Default 10,000. */
  timeout?: number;
  signal?: AbortSignal;
  /** Time for this attempt and the connection that comes of it. Default: the system's; a node passes its own. */
  clock?: Clock;
  /** Turns of the event loop. Default: the system's; a node passes its own. */
  scheduler?: Scheduler;
  /** Largest message accepted, in bytes; a larger one closes the connection before it is buffered. Default 1 MiB. */
  maxMessage?: number;
}

/** Options of every transport's `listen`; each transport extends them. */
export interface ListenOptions {
  /** Time for this server and its connections. Default: the system's; a node passes its own. */
  clock?: Clock;
  /** Turns of the event loop. Default: the system's; a node passes its own. */
  scheduler?: Scheduler;
  /** Largest message accepted, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** Connections at a time; more are refused. Default 10,000. */
  maxConnections?: number;
  /** Connections at a time from one address, of IPv6 from one network of 64 bits; more are refused. Default `maxConnections`. */
  maxConnectionsPerAddress?: number;
}

/**
 * Takes what comes to a listener over HTTP and is no connection of a node. In Node the parameters are those of `node:http`:
 * an `IncomingMessage` and a `ServerResponse`, or the `Duplex` of an upgrade and the bytes that came behind it. They are
 * given as methods so that a handler may declare them by these types.
 */
export interface HttpHandler {
  /** Answers a request. Has to answer each, and throws nothing. */
  request(request: object, response: object): void;
  /** Takes WebSockets of one more subprotocol, from the pages that may connect as well. */
  readonly texts?: TextProtocol;
  /** Subprotocols of WebSocket upgrades that `upgrade` takes, whatever their path. */
  readonly protocols?: readonly string[];
  /** Takes the socket of an upgrade over, or refuses it. */
  upgrade?(request: object, socket: object, head: Uint8Array): void;
  /**
   * Returns the address of whoever begins a WebSocket of the node, from `X-Forwarded-For` and the address of the connection. Default:
   * the latter.
   */
  clientOf?(forwarded: string | undefined, address: string): string;
}

/** A WebSocket that carries texts, for clients that know WebSockets and nothing more. */
export interface TextSocket {
  /** Address of the client. */
  readonly address: string;
  /** Certificate that the client has shown; only of servers over TLS that ask for one. */
  readonly certificate?: ClientCertificate | undefined;
  /** Value of a header of the request that it began with, by its name in lower case. */
  header(name: string): string | undefined;
  /** Sends a text. @returns whether more may be sent at once; otherwise `drained` is called when it may. */
  send(text: string): boolean;
  /** Reads no more until `resume`. */
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  /** Set before the first text is read. */
  listener: {
    text(text: string): void;
    drained(): void;
    /** The connection is about to end: nothing that has come is to be begun any more. */
    ending(): void;
    closed(): void;
  };
}

/** Takes WebSockets of a subprotocol that carries texts. */
export interface TextProtocol {
  readonly name: string;
  /** Characters of a text at most; a longer one ends the connection. */
  readonly maxMessage: number;
  /** Returns what hears of the socket. */
  accept(socket: Omit<TextSocket, 'listener'>): TextSocket['listener'];
}

/** Accepts connections until closed. */
export interface Server {
  /** The URL clients use to reach this server, with the port that was really bound. */
  readonly address: string;
  /**
   * Starts handing over connections, each usable at once. Called once. Connections that arrive before wait.
   */
  accept(onConnection: (connection: Connection) => void): void;
  /**
   * Hands HTTP requests, and upgrades with subprotocols of its own, to a handler; until then requests are answered 426. Only
   * of listeners that speak HTTP. Returns a function that ends it.
   */
  serveHttp?(handler: HttpHandler): () => void;
  /** Stops accepting; connections already handed over stay open. Idempotent; resolves when the address is free. */
  close(): Promise<void>;
}

/** Receiver of a connection's messages. All three are called from the event loop, never from inside `send` or `start`. */
export interface ConnectionReceiver {
  /**
   * One whole message. The bytes belong to the receiver: the connection does not write into them again.
   */
  message(bytes: Uint8Array): void;
  /** `send` had said "full", and there is room again. */
  drained(): void;
  /** The last call, and only once, whoever closed: nothing arrives after it. `error` when it was not a clean end. */
  closed(error: Error | undefined): void;
}

/** Reason why a connection is closed, in the numbers of RFC 6455 §7.4.1, which other transports carry as far as they can. */
export type CloseCode = 1000 | 1001 | 1002 | 1003 | 1007 | 1008 | 1009 | 1011 | 1013;

/** Carries whole messages between two ends, in order, until one of them closes. */
export interface Connection {
  /** For people: the other end's address, for instance `tcp://127.0.0.1:5000`. */
  readonly remoteAddress: string;
  /** Certificate that the client has shown; only of servers over TLS that ask for one. */
  readonly certificate?: ClientCertificate | undefined;
  /**
   * Bytes given to `send` that the system has not taken yet. While it is not 0 the caller may not write into the
   * buffers it has sent.
   */
  readonly pending: number;
  /** Starts delivery to `receiver`. Called once; messages that arrived before are delivered first. */
  start(receiver: ConnectionReceiver): void;
  /**
   * Queues one message of at least one byte, never fails and never calls back before it returns. After `close` it
   * does nothing.
   *
   * @param lasting the bytes do not change any more: who keeps them needs no copy
   * @returns whether there is room for more; when `false`, `drained` follows. Messages are taken all the same.
   */
  send(message: Uint8Array, lasting?: boolean): boolean;
  /**
   * Holds what is sent until `uncork`, so that several messages leave in one system call. Not nested. Transports to which
   * it means nothing leave it out.
   */
  cork?(): void;
  uncork?(): void;
  /**
   * Accepts messages of at most so many bytes from here on: what a stranger may send is less than what a peer
   * may. Transports that cannot change it leave it out.
   */
  limitMessage?(bytes: number): void;
  /** Stops reading: backpressure on the other end. Messages already read may still be delivered. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /**
   * Sends what is queued, then closes; `closed` follows also on this end. Idempotent.
   *
   * @param reason at most 123 bytes of UTF-8, cut when longer
   */
  close(code?: CloseCode, reason?: string): void;
  /** Closes at once; what is queued is lost. Idempotent. */
  terminate(): void;
}

/** `send` says "full" from this many pending bytes on. */
export const highWaterMark = 256 * 1024;

/** Options of a transport's `connect` and `listen` together: the base of each transport's own options. */
export interface TransportOptions extends ConnectOptions, ListenOptions {}

/** Name of the transport that an address belongs to, as its scheme tells: `websocket` for `wss://example.com`. */
export function transportOf(address: string): string {
  const scheme = address.slice(0, address.indexOf(':'));
  return scheme === 'ws' || scheme === 'wss' ? 'websocket' : scheme;
}
