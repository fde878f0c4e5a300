/** A `Blob` or `File` at the other end: its facts are available at once, its bytes are transferred when they are read. */

/** Facts of a blob that are known before its bytes arrive. */
export interface BlobFacts {
  /** Size in bytes, as the sender states it; the reader counts the bytes that really arrive. */
  readonly size: number;
  /** Media type, or `''`. */
  readonly type: string;
  /** Name; only for files. */
  readonly name?: string;
  /** Time of the last change, in milliseconds since 1970; only for files. */
  readonly lastModified?: number;
}

/** Whether a received value has the facts of a blob, each of the right type. */
export function isBlobFacts(facts: unknown): facts is BlobFacts {
  if (typeof facts !== 'object' || facts === null) return false;
  const { size, type, name = '', lastModified = 0 } = facts as Record<keyof BlobFacts, unknown>;
  return (
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    typeof type === 'string' &&
    typeof name === 'string' &&
    Number.isSafeInteger(lastModified)
  );
}

/** Marks a promise as handled, so that a failure of the sender that nobody awaits is not an unhandled rejection. */
export type MarkPromise = <T>(promise: Promise<T>) => Promise<T>;

function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A received `Blob` or `File`. Its bytes can be read once. */
export class RemoteBlob implements BlobFacts {
  /** Size in bytes, as the sender states it; the reader counts the bytes that really arrive. */
  readonly size: number;
  /** Media type, or `''`. */
  readonly type: string;
  /** Name; only for files. */
  declare readonly name?: string;
  /** Time of the last change, in milliseconds since 1970; only for files. */
  declare readonly lastModified?: number;
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #mark: MarkPromise;

  /** @internal */
  constructor(facts: BlobFacts, stream: ReadableStream<Uint8Array>, mark: MarkPromise = handled) {
    this.size = facts.size;
    this.type = facts.type;
    if (facts.name !== undefined) this.name = facts.name;
    if (facts.lastModified !== undefined) this.lastModified = facts.lastModified;
    this.#stream = stream;
    this.#mark = mark;
  }

  /** Returns the bytes as they arrive. */
  stream(): ReadableStream<Uint8Array> {
    return this.#stream;
  }

  /** Returns all bytes, held in memory: for large blobs use `stream()`. */
  bytes(): Promise<Uint8Array> {
    return this.#mark(this.#read().then((buffer) => new Uint8Array(buffer)));
  }

  /** Returns all bytes, like `bytes()`. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#mark(this.#read());
  }

  /** Returns all bytes decoded as UTF-8, like `bytes()`. */
  text(): Promise<string> {
    return this.#mark(this.#read().then((buffer) => new TextDecoder().decode(buffer)));
  }

  async #read(): Promise<ArrayBuffer> {
    return new Response(this.#stream as unknown as BodyInit).arrayBuffer();
  }
}
