/**
 * Interfaces of a transport. It carries whole messages, in order, with backpressure, and knows nothing of their content. To write one,
 * implement `Transport`, `Connection` and `Server`, and pass `test/contract/transport.ts`.
 */

import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { Scheduler } from '../util/scheduler.js';
import type { ClientCertificate } from './client-certificate.js';

/** Capabilities of a transport. */
export interface TransportCapabilities {
  /** Whether it carries streams of data. */
  readonly streaming: boolean;
  /** Whether both ends may send at any time. */
  readonly bidirectional: boolean;
  /** Whether it carries bytes unchanged; otherwise they are sent inside another encoding (structured clone, JSON). */
  readonly binary: boolean;
  /** Whether a lost connection can be opened again with the same address. */
  readonly reconnection: boolean;
}

/** Opens and accepts connections for the URLs of one or more schemes. */
export interface Transport {
  /** For instance `websocket`; the key in the option `transports`. */
  readonly name: string;
  /** URL schemes without the colon, for instance `['ws', 'wss']`. */
  readonly schemes: readonly string[];
  readonly supports: TransportCapabilities;
  /** Names of its own options. A node refuses all others, except those common to all transports. Default: none. */
  readonly optionNames?: Readonly<Record<string, true>>;
  /**
   * Opens a connection; resolves when it can carry messages.
   *
   * @throws NetronError `unavailable` when nothing answers, `deadline_exceeded` after `options.timeout`, `canceled` when `options.signal`
   *   aborts, `invalid_argument` for an invalid address
   */
  connect(url: string, options?: ConnectOptions): Promise<Connection>;
  /**
   * Listens for connections; resolves when it does.
   *
   * @param at a port (0 selects a free one), a path or a name, depending on the transport
   * @throws NetronError `unavailable` when the address is in use or not local, `unimplemented` when the platform cannot listen
   */
  listen(at?: number | string, options?: ListenOptions): Promise<Server>;
}

/** Options of every transport's `connect`; each transport extends them. */
export interface ConnectOptions {
  /** Milliseconds until the attempt fails. Default 10,000. */
  timeout?: number;
  signal?: AbortSignal;
  /** Clock of this attempt and its connection. Default: the system's; a node passes its own. */
  clock?: Clock;
  /** Scheduler of turns of the event loop. Default: the system's; a node passes its own. */
  scheduler?: Scheduler;
  /** Largest accepted message, in bytes; a larger one closes the connection before it is buffered. Default 1 MiB. */
  maxMessage?: number;
}

/** Options of every transport's `listen`; each transport extends them. */
export interface ListenOptions {
  /** Clock of this server and its connections. Default: the system's; a node passes its own. */
  clock?: Clock;
  /** Scheduler of turns of the event loop. Default: the system's; a node passes its own. */
  scheduler?: Scheduler;
  /** Largest accepted message, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** Most concurrent connections; further ones are refused. Default 10,000. */
  maxConnections?: number;
  /** Most concurrent connections of one address, or of one IPv6 network of 64 bits; further ones are refused. Default `maxConnections`. */
  maxConnectionsPerAddress?: number;
}

/**
 * Handles HTTP traffic of a listener that does not belong to a node's connections. In Node, the parameters are those of `node:http`: an
 * `IncomingMessage` and a `ServerResponse`, or the `Duplex` of an upgrade and the bytes that followed it. They are declared as methods, so
 * that a handler may use these types.
 */
export interface HttpHandler {
  /** Answers a request. Must answer each one, and must not throw. */
  request(request: object, response: object): void;
  /** Whether the handler itself ends requests whose bodies stall. Default: the listener does, after 30 s. */
  readonly endsStalled?: boolean;
  /** Accepts WebSockets of one more subprotocol, from the same pages. */
  readonly texts?: TextProtocol;
  /** Subprotocols of WebSocket upgrades that `upgrade` accepts, whatever their path. */
  readonly protocols?: readonly string[];
  /** Takes over the socket of an upgrade, or refuses it. */
  upgrade?(request: object, socket: object, head: Uint8Array): void;
  /**
   * Returns the address of a WebSocket client of the node, from `X-Forwarded-For` and the address of the connection. Default: the address
   * of the connection.
   */
  clientOf?(forwarded: string | undefined, address: string): string;
}

/** A WebSocket that carries text, for clients without Netron. */
export interface TextSocket {
  /** Address of the client. */
  readonly address: string;
  /** Certificate of the client; only for TLS servers that request one. */
  readonly certificate?: ClientCertificate | undefined;
  /** Returns the value of a header of the upgrade request, by its name in lower case. */
  header(name: string): string | undefined;
  /** Sends a text. @returns whether more may be sent at once; otherwise `drained` is called when it may. */
  send(text: string): boolean;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  /** Set before the first text is read. */
  listener: {
    text(text: string): void;
    drained(): void;
    /** Called when the connection is about to end: received messages must not start anything any more. */
    ending(): void;
    closed(): void;
  };
}

/** Accepts WebSockets of a subprotocol that carries text. */
export interface TextProtocol {
  readonly name: string;
  /** Most characters of a text; a longer one closes the connection. */
  readonly maxMessage: number;
  /** Returns the listener of the socket. */
  accept(socket: Omit<TextSocket, 'listener'>): TextSocket['listener'];
}

/** Accepts connections until closed. */
export interface Server {
  /** The URL that clients use to reach this server, with the port that was actually bound. */
  readonly address: string;
  /** Starts passing on connections, which are usable at once. Called once. Connections that arrive earlier wait. */
  accept(onConnection: (connection: Connection) => void): void;
  /**
   * Passes HTTP requests, and upgrades with its own subprotocols, to a handler. Without a handler, requests are answered with 426. Only for
   * listeners that speak HTTP. Returns a function that removes the handler.
   */
  serveHttp?(handler: HttpHandler): () => void;
  /** Receives the log of the server's node, for warnings. */
  logTo?(logger: Pick<Logger, 'warn'>): void;
  /** Stops accepting; connections that were passed on stay open. Idempotent; resolves when the address is free. */
  close(): Promise<void>;
}

/** Receiver of a connection's messages. All methods are called from the event loop, never from inside `send` or `start`. */
export interface ConnectionReceiver {
  /** Receives one whole message. The bytes belong to the receiver: the connection does not write to them again. */
  message(bytes: Uint8Array): void;
  /** Called when there is room again after `send` has returned `false`. */
  drained(): void;
  /** The last call, made once, whichever end closed. `error` is set unless it was a clean end. */
  closed(error: Error | undefined): void;
}

/** Reason why a connection is closed, as a code of RFC 6455 §7.4.1, which other transports carry as far as they can. */
export type CloseCode = 1000 | 1001 | 1002 | 1003 | 1007 | 1008 | 1009 | 1011 | 1013;

/** Carries whole messages between two ends, in order, until one of them closes. */
export interface Connection {
  /** Address of the other end for display, for instance `tcp://127.0.0.1:5000`. */
  readonly remoteAddress: string;
  /** Certificate of the client; only for TLS servers that request one. */
  readonly certificate?: ClientCertificate | undefined;
  /**
   * Bytes passed to `send` that the system has not taken yet. While it is not 0, the caller must not write to the buffers that it has sent.
   */
  readonly pending: number;
  /** Starts delivery to `receiver`. Called once; messages that arrived before are delivered first. */
  start(receiver: ConnectionReceiver): void;
  /**
   * Queues one message of at least one byte. Never fails, and never calls back before it returns. After `close` it does nothing.
   *
   * @param lasting whether the bytes do not change any more, so that they can be kept without a copy
   * @returns whether there is room for more; `false` is followed by `drained`. The message is queued in any case.
   */
  send(message: Uint8Array, lasting?: boolean): boolean;
  /**
   * Holds back messages until `uncork`, so that several are sent in one system call. Not nested. Absent from transports where it has no
   * effect.
   */
  cork?(): void;
  uncork?(): void;
  /**
   * Limits the length of messages from here on: an unauthenticated client may send less than a peer. Absent from transports that cannot
   * change it.
   */
  limitMessage?(bytes: number): void;
  /** Stops reading, which puts backpressure on the other end. Messages already read may still be delivered. */
  pause(): void;
  /** Resumes reading. */
  resume(): void;
  /**
   * Sends queued messages, then closes; `closed` is also called at this end. Idempotent.
   *
   * @param reason at most 123 bytes of UTF-8, truncated when longer
   */
  close(code?: CloseCode, reason?: string): void;
  /** Closes at once; queued messages are lost. Idempotent. */
  terminate(): void;
}

/** Pending bytes from which on `send` returns `false`. */
export const highWaterMark = 256 * 1024;

/** Options of a transport's `connect` and `listen` together: the base of each transport's own options. */
export interface TransportOptions extends ConnectOptions, ListenOptions {}

/** Returns the name of the transport for an address by its scheme: `websocket` for `wss://example.com`. */
export function transportOf(address: string): string {
  const scheme = address.slice(0, address.indexOf(':'));
  return scheme === 'ws' || scheme === 'wss' ? 'websocket' : scheme;
}
