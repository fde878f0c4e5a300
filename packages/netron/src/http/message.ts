/** HTTP requests and replies as the edge sees them, independent of the server. */

import type { ClientCertificate } from '../transport/client-certificate.js';
import type { ReplyStream } from './stream-reply.js';

/** One request. */
export interface EdgeRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** Whether the headers are longer than allowed, where the server has not refused them itself. */
  readonly hasLongHeaders?: boolean;
  /** Returns the value of a header by its name in lower case. `host` is the requested authority in every version of HTTP. */
  header(name: string): string | undefined;
  /** Address of the client, to which limits apply. */
  readonly address: string;
  /** Certificate of the client. */
  readonly certificate?: ClientCertificate | undefined;
  /**
   * Returns the whole body, or reads it.
   *
   * @param limit bytes
   * @returns `undefined` when the body is longer, without having buffered it
   */
  body(limit: number): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Reads the body chunk by chunk, on demand. Throws when the client disconnects before its end. */
  chunks(): AsyncIterator<Uint8Array, void>;
  /** Aborts when the client disconnects. Created on first access. */
  readonly signal: AbortSignal;
  /** Calls `listener` when the client disconnects, or at once when it already has. Cheaper than `signal`. */
  onDisconnect(listener: () => void): void;
}

/** Reply to a request. */
export interface EdgeReply {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body?: string | Uint8Array | undefined;
  /** Replaces `body`: written as it arrives. */
  readonly stream?: ReplyStream;
  /** Whether to close the connection after the reply. */
  readonly close?: boolean;
}
