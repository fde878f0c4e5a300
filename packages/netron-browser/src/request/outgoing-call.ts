/** One call to the server, and its answer. */
import type { ExecuteOptions } from '../retry/retry-options.js';
import type { LiveFacts } from '../util/sealed-tags.js';
import type { Priority } from '../util/slots.js';
import type { Principal } from './principal.js';
import type { StreamReader } from './stream-reader.js';
import type { UploadProgress } from './upload.js';

/** `fetch`, or a replacement. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One call to be made. */
export interface OutgoingCall {
  /** Name, with a version or range when the caller gave one. */
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  /** Whether it changes nothing; sent by GET when its arguments are short. */
  readonly safe: boolean;
  /** Whether it may be repeated without harm when its outcome is unknown. */
  readonly idempotent: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** The user of the call. Default: the current user when the call is sent. */
  readonly principal?: Principal | undefined;
  /** Milliseconds for all attempts together. */
  readonly timeout: number;
  readonly priority: Priority;
  readonly retry: ExecuteOptions | undefined;
  readonly signal: AbortSignal | undefined;
  readonly etag?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly state: Map<unknown, unknown>;
  /** Path below the node's base. Default: the path of the member. */
  readonly path?: string;
  /** Reads the answer as a stream: it is returned as soon as it begins, and the rest has no time limit. */
  readonly stream?: StreamReader | undefined;
  /** Receives the number of bytes sent of files and streams. */
  readonly progress?: ((progress: UploadProgress) => void) | undefined;
}

/** The server's answer. */
export interface Reply {
  readonly value: unknown;
  readonly size: number;
  readonly etag: string | undefined;
  /** Tags of the value. */
  readonly tags: readonly string[];
  /** The same tags with the server's seal, for subscriptions, and the position of the value; `undefined` when there are none. */
  readonly live: LiveFacts | undefined;
  /** Tags that the call has invalidated. */
  readonly invalidates: readonly string[];
  /** Position of the server's log that includes a change. */
  readonly cursor?: string | undefined;
  /** Version of the service at the server, when it differs from the one that the call was made for. */
  readonly contract?: string | undefined;
  /** Not modified: the value of `etag` is still current. */
  readonly unchanged: boolean;
  /** Settles when a stream returned as the value has ended; `undefined` for other values. */
  readonly streamed?: Promise<unknown>;
}
