/** Parts of Node's requests and responses, of all its servers, that the edge uses. */

/** The part of Node's `IncomingMessage`, and of HTTP/2's request, that is used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly httpVersion?: string;
  readonly url?: string | undefined;
  /** The whole URL in Express, which cuts `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, as they came. */
  readonly rawHeaders?: readonly string[];
  readonly socket: NodeSocket;
  /** The stream of HTTP/2 that it came by. */
  readonly stream?: { readonly session?: object | undefined; close?(code: number): void };
  /** The body as a framework's own parser has read it. */
  readonly body?: unknown;
  readonly complete?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: as Node declares it
  on(event: string, listener: (...args: any[]) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as Node declares it
  off(event: string, listener: (...args: any[]) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The part of a connection's socket that is used. What plays the part of one, for instance in tests, may have less. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined;
  /** The server that it belongs to. */
  readonly server?: { readonly maxHeadersCount?: number | null } | undefined;
  pause?(): unknown;
  resume?(): unknown;
  on?(event: 'close' | 'resume', listener: () => void): unknown;
}

/** The part of Node's `ServerResponse`, and of HTTP/2's response, that is used. */
export interface NodeResponse {
  readonly writableEnded: boolean;
  /** `null` while it waits behind another response. */
  readonly socket?: { readonly timeout?: number } | null;
  readonly headersSent: boolean;
  /** Takes names and values in turn; of HTTP/2, a record. */
  writeHead(status: number, headers: never): unknown;
  /** Sends the head at once. The types of node:http2 do not have it. */
  flushHeaders?(): void;
  /** Holds back what is written until `uncork`. The responses of node:http2 do not have it. */
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
  /** Told when a response that has waited behind another gets its connection. */
  once(event: 'socket', listener: (socket: NodeResponse['socket']) => void): unknown;
}
