/**
 * One upload that may arrive over several connections, one after the other. The method receives one stream of bytes, and each client an
 * answer. Bytes that the method has not read are not buffered: the client sends them again.
 */
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import { clientDisconnected } from './client-disconnected.js';
import type { EdgeReply } from './message.js';

/** The part of a body that one request brings. */
interface Piece {
  readonly chunks: AsyncIterator<Uint8Array, void>;
  /** Returns the answer when more parts follow; `undefined` when the body ends with this one. */
  readonly partial: ((upload: ResumableUpload) => EdgeReply) | undefined;
  /** Aborts when the client disconnects. */
  readonly client: AbortSignal;
  answer(reply: EdgeReply): void;
  /** Stops listening to the client. */
  forget: () => void;
}

/** Dependencies of an upload. */
export interface ResumableUploadParts {
  readonly clock: Clock;
  /** Milliseconds for which a client may be disconnected. */
  readonly window: number;
  /** Whether the node is draining: a disconnected client will return to another node. */
  leaving(): boolean;
  /** Returns the answer to a request that was replaced by another one or has failed. */
  broken(error: unknown): EdgeReply;
  /** Called when no client will return. */
  ended(): void;
}

export class ResumableUpload {
  /** Number of bytes read so far. */
  offset = 0;
  /** Whether all bytes have been read. */
  complete = false;
  /** Whether the call has ended: only its answer is kept. */
  answered = false;
  readonly #parts: ResumableUploadParts;
  readonly #controller = new AbortController();
  /** Bytes of the whole body, when known. */
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

  /** The bytes of all parts. */
  readonly chunks: AsyncIterator<Uint8Array, void> = {
    next: () => this.#next(),
    return: async () => {
      this.#left = true;
      this.#wake?.();
      await this.#piece?.chunks.return?.();
      return { done: true, value: undefined };
    },
  };

  /** Aborts when the client has not returned in time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the call that reads the upload. */
  run(call: () => Promise<EdgeReply>, kept: (reply: EdgeReply) => boolean): void {
    this.#reply = call().catch((error: unknown) => this.#parts.broken(error));
    void this.#reply.then((reply) => {
      this.complete = true;
      this.answered = true;
      this.#piece?.forget();
      // The client may not have received the answer and may ask again.
      if (kept(reply)) return this.#await();
      this.end();
      if (reply.stream !== undefined) this.#endWithClient(reply.stream);
    });
  }

  /**
   * Continues with a new part in place of the previous one.
   *
   * @param total bytes of the whole body, when known
   * @returns the answer to the request that brought the part
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
      piece.forget = onAbort(client, () => this.#lose(piece, clientDisconnected()));
      this.#wake?.();
      void this.#reply?.then(resolve);
    });
  }

  /** Stops reading from the current connection; its remaining bytes are sent again. */
  pause(): void {
    if (this.#piece === undefined || this.complete) return;
    this.#release(this.#piece, this.#parts.broken(new NetronError('aborted', 'the upload continues over another connection')));
  }

  /** Aborts the method and ends the upload. */
  abort(error: NetronError): void {
    this.#controller.abort(error);
    this.#wake?.();
    this.end();
  }

  /** Whether a client is connected. */
  get attended(): boolean {
    return this.#piece !== undefined;
  }

  /** Ties a streamed answer to the client: the call ends when the client disconnects, or at once when it already has. */
  #endWithClient({ chunks }: NonNullable<EdgeReply['stream']>): void {
    const leave = () => this.#controller.abort(clientDisconnected());
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
        // Bytes of a connection that was replaced are sent again.
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

  /** Handles the disconnection of the client of a part. */
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

  /** Waits for the client to return. */
  #await(): void {
    if (this.#over) return;
    const { clock, window } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(
      () => this.abort(new NetronError('canceled', `the client did not resume the upload within ${window} ms`)),
      window,
      true,
    );
  }

  /** Forgets the upload. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.clock.clearTimeout(this.#timer);
    this.#parts.ended();
  }
}
