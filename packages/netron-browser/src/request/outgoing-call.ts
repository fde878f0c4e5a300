/** One call on its way to the server, and what comes back. */
import type { ExecuteOptions } from '../retry/retry-options.js';
import type { LiveFacts } from '../util/sealed-tags.js';
import type { Priority } from '../util/slots.js';
import type { Principal } from './principal.js';
import type { StreamReader } from './stream-reader.js';
import type { UploadProgress } from './upload.js';

/** `fetch`, or what stands for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One call to be made. */
export interface OutgoingCall {
  /** Name, with version or range where one was asked for. */
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  /** Goes by GET where its arguments are short. */
  readonly safe: boolean;
  /** May be made again, without harm, by one who has lost it. */
  readonly idempotent: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** User as whom it is made. Default: the one spoken for when it is handed over. */
  readonly principal?: Principal | undefined;
  /** Milliseconds for all attempts together. */
  readonly timeout: number;
  readonly priority: Priority;
  readonly retry: ExecuteOptions | undefined;
  readonly signal: AbortSignal | undefined;
  readonly etag?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly state: Map<unknown, unknown>;
  /** Path below the node's base. Default: the member's. */
  readonly path?: string;
  /** The answer is read as it comes: it is given as soon as it begins, and what follows has no time limit. */
  readonly stream?: StreamReader | undefined;
  /** Hears how many bytes of files and streams were sent. */
  readonly progress?: ((progress: UploadProgress) => void) | undefined;
}

/** Answer of the server. */
export interface Reply {
  readonly value: unknown;
  readonly size: number;
  readonly etag: string | undefined;
  /** Tags of the value. */
  readonly tags: readonly string[];
  /** The same with the server's seal, by which to listen to them, and what the value contains; `undefined` where there is none. */
  readonly live: LiveFacts | undefined;
  /** Tags of values that the call has made out of date. */
  readonly invalidates: readonly string[];
  /** Version of the service at the server, where it is another than the one the call was made for. */
  readonly contract?: string | undefined;
  /** There is nothing newer than what `etag` stands for. */
  readonly unchanged: boolean;
  /** Settles when the stream that the value is has ended; `undefined` where it is none. */
  readonly streamed?: Promise<unknown>;
}
