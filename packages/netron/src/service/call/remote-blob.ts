/** A `Blob` or `File` at the other end: its facts at once, its bytes when they are read. */

/** Facts of a blob that are known before its bytes arrive. */
export interface BlobFacts {
  /** Bytes. What the sender says; the bytes that really arrive are counted by the reader. */
  readonly size: number;
  /** Media type, or ''. */
  readonly type: string;
  /** Files only. */
  readonly name?: string;
  /** Files only: milliseconds since 1970. */
  readonly lastModified?: number;
}

/** Whether what has come tells of a blob: of these facts, each of its type. */
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

/** Takes care of a promise that fails with what the sender does: nobody has to wait for it. */
export type MarkPromise = <T>(promise: Promise<T>) => Promise<T>;

function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A received `Blob` or `File`. Its bytes can be read once. */
export class RemoteBlob implements BlobFacts {
  /** Bytes. What the sender says; the bytes that really arrive are counted by the reader. */
  readonly size: number;
  /** Media type, or ''. */
  readonly type: string;
  /** Files only. */
  declare readonly name?: string;
  /** Files only: milliseconds since 1970. */
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

  /** The bytes as they arrive. */
  stream(): ReadableStream<Uint8Array> {
    return this.#stream;
  }

  /** All bytes. Holds them in memory: for large blobs use `stream()`. */
  bytes(): Promise<Uint8Array> {
    return this.#mark(this.#read().then((buffer) => new Uint8Array(buffer)));
  }

  /** All bytes, like `bytes()`. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#mark(this.#read());
  }

  /** All bytes as UTF-8, like `bytes()`. */
  text(): Promise<string> {
    return this.#mark(this.#read().then((buffer) => new TextDecoder().decode(buffer)));
  }

  async #read(): Promise<ArrayBuffer> {
    return new Response(this.#stream as unknown as BodyInit).arrayBuffer();
  }
}
