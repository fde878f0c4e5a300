/** The parts of the requests and responses of all Node servers that the edge uses. */
import type { HeaderReader } from '../transport/lost-headers.js';

/** The used part of Node's `IncomingMessage` and of the request of HTTP/2. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly httpVersion?: string;
  readonly url?: string | undefined;
  /** The whole URL in Express, which shortens `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values alternate, as received. */
  readonly rawHeaders?: readonly string[];
  readonly socket: NodeSocket;
  /** The HTTP/2 stream of the request. */
  readonly stream?: {
    readonly session?: object | undefined;
    /** Whether the request has no body. */
    readonly endAfterHeaders?: boolean;
    close?(code: number): void;
  };
  /** The body as parsed by a framework. */
  readonly body?: unknown;
  /** Whether all of the body has arrived. */
  readonly complete?: boolean;
  /** Whether all of the body has been read. */
  readonly readableEnded?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: as Node declares it
  on(event: string, listener: (...args: any[]) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as Node declares it
  off(event: string, listener: (...args: any[]) => void): unknown;
  removeAllListeners(event: 'data'): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** The used part of a connection's socket. A substitute, for instance in tests, may have less. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined;
  /** The server of the connection. */
  readonly server?: HeaderReader | undefined;
  pause?(): unknown;
  resume?(): unknown;
  on?(event: 'close' | 'resume', listener: () => void): unknown;
}

/** The used part of Node's `ServerResponse` and of the response of HTTP/2. */
export interface NodeResponse {
  readonly writableEnded: boolean;
  /** `null` while it waits behind another response. */
  readonly socket?: { readonly timeout?: number } | null;
  readonly headersSent: boolean;
  /** Accepts names and values in turn; a record for HTTP/2. */
  writeHead(status: number, headers: never): unknown;
  /** Sends the head at once. Absent from the types of node:http2. */
  flushHeaders?(): void;
  /** Buffers writes until `uncork`. Absent from the responses of node:http2. */
  cork?(): void;
  uncork?(): void;
  /** @returns whether more may be written at once */
  write(chunk: string | Uint8Array): boolean;
  end(body?: string | Uint8Array): unknown;
  destroy(): unknown;
  /** Bytes that wait for the client. */
  readonly writableLength: number;
  setTimeout(ms: number): unknown;
  on(event: 'close' | 'timeout', listener: () => void): unknown;
  prependListener(event: 'finish', listener: () => void): unknown;
  emit(event: 'close'): unknown;
  once(event: 'drain', listener: () => void): unknown;
  /** Emitted when a response that has waited behind another one gets its connection. */
  once(event: 'socket', listener: (socket: NodeResponse['socket']) => void): unknown;
}
