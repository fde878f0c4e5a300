/** Requests and replies of HTTP as the edge sees them, whatever server they belong to. */

import type { ClientCertificate } from '../transport/client-certificate.js';
import type { ReplyStream } from './stream-reply.js';

/** One request. */
export interface EdgeRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly target: string;
  /** Value of a header, by its name in lower case. `host` is the authority that was asked, whatever version of HTTP says it. */
  header(name: string): string | undefined;
  /** Address of the client; counts and limits go by it. */
  readonly address: string;
  /** Certificate that the client has shown. */
  readonly certificate?: ClientCertificate | undefined;
  /**
   * Returns the whole body, or reads it.
   *
   * @param limit bytes
   * @returns `undefined` when there are more, without having kept them
   */
  body(limit: number): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Reads the body chunk by chunk, as they are asked for. Throws when the client leaves before its end. */
  chunks(): AsyncIterator<Uint8Array, void>;
  /** Aborts when the client has gone. Made when first read. */
  readonly signal: AbortSignal;
  /** Calls back when the client has gone; at once when it has. Costs less than `signal`. */
  onLeave(gone: () => void): void;
}

/** Reply to a request. */
export interface EdgeReply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body?: string | Uint8Array | undefined;
  /** In the place of `body`: written as it comes. */
  readonly stream?: ReplyStream;
  /** The connection is of no more use: what is left of the request is not read. */
  readonly close?: boolean;
  /** The client may still be sending: what comes is thrown away for a while, so that it reads the reply. */
  readonly linger?: boolean;
}
