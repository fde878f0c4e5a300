/**
 * One upload that may come over several connections, one after the other: receives pieces of a body, gives its method one stream of
 * bytes, and each client the answer. What has not been read by the method is not kept: it is sent again.
 */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import { clientLeft } from './client-left.js';
import type { EdgeReply } from './message.js';

/** Part of a body, as one request brings it. */
interface Piece {
  readonly chunks: AsyncIterator<Uint8Array, void>;
  /** The answer when there is more to come; `undefined`: the body ends with it. */
  readonly partial: ((upload: ResumableUpload) => EdgeReply) | undefined;
  /** Aborts when the client has left. */
  readonly client: AbortSignal;
  answer(reply: EdgeReply): void;
  /** Hears no more of the client. */
  forget: () => void;
}

/** Parts of an upload. */
export interface ResumableUploadParts {
  readonly clock: Clock;
  /** Milliseconds for which a client may be away. */
  readonly window: number;
  /** Whether the node takes leave: a client that is away comes back to another. */
  leaving(): boolean;
  /** The answer to a request in whose place another came, or that failed. */
  broken(error: unknown): EdgeReply;
  /** Nobody will come back. */
  ended(): void;
}

export class ResumableUpload {
  /** Bytes that were read. */
  offset = 0;
  /** Whether they are all. */
  complete = false;
  /** Whether its call has ended: only the answer is kept. */
  answered = false;
  readonly #parts: ResumableUploadParts;
  readonly #controller = new AbortController();
  /** Bytes of the whole body, where they are known. */
  #total: number | undefined;
  #piece: Piece | undefined;
  #wake: (() => void) | undefined;
  #timer: unknown;
  #left = false;
  #over = false;
  #reply: Promise<EdgeReply> | undefined;

  constructor(parts: ResumableUploadParts) {
    this.#parts = parts;
  }

  /** Bytes of all pieces. */
  readonly chunks: AsyncIterator<Uint8Array, void> = {
    next: () => this.#next(),
    return: async () => {
      this.#left = true;
      this.#wake?.();
      await this.#piece?.chunks.return?.();
      return { done: true, value: undefined };
    },
  };

  /** Aborts when the client has not come back in time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins the call that reads it. */
  run(call: () => Promise<EdgeReply>, kept: (reply: EdgeReply) => boolean): void {
    this.#reply = call().catch((error: unknown) => this.#parts.broken(error));
    void this.#reply.then((reply) => {
      this.complete = true;
      this.answered = true;
      this.#piece?.forget();
      // The client may not have got it, and ask once more.
      if (kept(reply)) return this.#await();
      this.end();
      if (reply.stream !== undefined) this.#endWithClient(reply.stream);
    });
  }

  /**
   * Takes a piece in the place of the one before.
   *
   * @param total bytes of the whole body, where they are known
   * @returns the answer to the request that brought it
   */
  take(
    chunks: AsyncIterator<Uint8Array, void>,
    partial: Piece['partial'],
    client: AbortSignal,
    total?: number,
  ): Promise<EdgeReply> {
    this.pause();
    this.#total ??= total;
    if (!this.answered) this.#parts.clock.clearTimeout(this.#timer);
    return new Promise((resolve) => {
      const piece: Piece = { chunks, partial, client, answer: resolve, forget: () => {} };
      this.#piece = piece;
      piece.forget = onAbort(client, () => this.#lose(piece, clientLeft()));
      this.#wake?.();
      void this.#reply?.then(resolve);
    });
  }

  /** Reads no more from the connection in use: what it still brings is sent again. */
  pause(): void {
    if (this.#piece === undefined || this.complete) return;
    this.#release(this.#piece, this.#parts.broken(new NetronError('aborted', 'the upload goes on over another connection')));
  }

  /** Ends it: the method is aborted. */
  abort(error: NetronError): void {
    this.#controller.abort(error);
    this.#wake?.();
    this.end();
  }

  /** Whether a client is there. */
  get attended(): boolean {
    return this.#piece !== undefined;
  }

  /** The call goes on while its stream is read: it ends with the client, or at once where there is none. */
  #endWithClient({ chunks }: NonNullable<EdgeReply['stream']>): void {
    const leave = () => this.#controller.abort(clientLeft());
    if (this.#piece !== undefined) return void onAbort(this.#piece.client, leave);
    leave();
    void chunks.return?.();
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    for (;;) {
      if (this.#left || this.complete) return { done: true, value: undefined };
      this.signal.throwIfAborted();
      const piece = this.#piece;
      if (piece === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        const read = await piece.chunks.next();
        // What a connection brings that was given up is sent again.
        if (this.#piece !== piece) continue;
        if (read.done !== true) {
          this.offset += read.value.length;
          if (this.offset === this.#total) this.complete = true;
          return read;
        }
        if (piece.partial === undefined) this.complete = true;
        else this.#release(piece, piece.partial(this));
      } catch (error) {
        if (this.#piece === piece) this.#lose(piece, error);
      }
    }
  }

  /** The client of a piece is away. */
  #lose(piece: Piece, error: unknown): void {
    this.#release(piece, this.#parts.broken(error));
    if (this.#parts.leaving() && !this.attended && !this.complete)
      this.abort(new NetronError('unavailable', 'the node is stopping'));
  }

  #release(piece: Piece, reply: EdgeReply): void {
    if (this.#piece !== piece) return;
    this.#piece = undefined;
    piece.forget();
    void piece.chunks.return?.();
    piece.answer(reply);
    this.#await();
  }

  /** Waits for the client to come back. */
  #await(): void {
    if (this.#over) return;
    const { clock, window } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(
      () => this.abort(new NetronError('canceled', `the client did not come back within ${window} ms`)),
      window,
      true,
    );
  }

  /** Forgets it. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.clock.clearTimeout(this.#timer);
    this.#parts.ended();
  }
}
