/** Resumable uploads: keeps those in progress by the names that their clients chose, and answers requests about them. */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { Clock } from '../util/clock.js';
import { randomId } from '../util/random-id.js';
import { mediaTypeOf, mediaTypes } from './media-types.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import { ownerOf } from './owner.js';
import { noMember, notAllowed, refused, StatusError } from './refusal.js';
import { ResumableUpload } from './resumable-upload.js';

/** Most uploads in progress, in total and of one address. */
const most = 1_000;
const maxPerAddress = 100;

/** Longest answer, in bytes, that is kept in case the client has not received it. */
const longestKept = 65_536;

/** A name is a secret: whoever knows it may continue the upload. */
const nameForm = /^[\w-]{22,64}$/;

/** One upload in progress. */
interface Entry {
  readonly upload: ResumableUpload;
  /** The caller that started it. */
  readonly owner: string;
  readonly address: string;
}

/** The parts of the edge that uploads use. */
export interface UploadsParts {
  readonly clock: Clock;
  /** Milliseconds for which a client may be disconnected; 0 turns resuming off. */
  readonly window: number;
  /** Path of the uploads, for instance `/netron/$upload`. */
  readonly path: string;
  failure(error: unknown): EdgeReply;
}

/** Runs the call of an upload. It reads `chunks`, and ends with `signal` or, without one, with its client. */
export type UploadCall = (chunks: AsyncIterator<Uint8Array, void>, signal: AbortSignal | undefined) => Promise<EdgeReply>;

export class Uploads {
  readonly #parts: UploadsParts;
  readonly #entries = new Map<string, Entry>();
  #leaving = false;

  constructor(parts: UploadsParts) {
    this.#parts = parts;
  }

  /** Answers a request that starts an upload; returns `undefined` when it is not resumable. */
  begin(request: EdgeRequest, caller: CallPeer, call: UploadCall): Promise<EdgeReply> | undefined {
    const { clock, window, path } = this.#parts;
    const last = isLast(request);
    const named = request.header('netron-upload');
    if (window === 0 || (named === undefined && last)) return undefined;
    const name = named ?? randomId();
    const address = caller.address ?? '';
    this.#check(name, address, caller);
    const upload = new ResumableUpload({
      clock,
      window,
      leaving: () => this.#leaving,
      broken: (error) => ({ ...this.#parts.failure(error), close: true }),
      ended: () => this.#entries.delete(name),
    });
    this.#entries.set(name, { upload, owner: ownerOf(caller), address });
    upload.run(() => call(upload.chunks, upload.signal), isKept);
    const location = ['location', `${path}/${name}`];
    const begun = (now: ResumableUpload): EdgeReply => ({ status: 201, headers: [...location, ...stateOf(now)] });
    return upload.take(request.chunks(), last ? undefined : begun, request.signal, totalOf(request, last, 0));
  }

  /** Answers a request about an upload in progress. */
  async answer(request: EdgeRequest, name: string, caller: CallPeer): Promise<EdgeReply> {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.owner !== ownerOf(caller)) throw refused(noMember());
    const { upload } = entry;
    switch (request.method) {
      case 'HEAD':
        upload.pause();
        return { status: 204, headers: stateOf(upload) };
      case 'PATCH':
        return this.#goOn(request, upload);
      case 'DELETE':
        upload.abort(new NetronError('canceled', 'the client has canceled the upload'));
        return { status: 204, headers: ['cache-control', 'no-store'] };
    }
    throw notAllowed(request.method, 'HEAD, PATCH, DELETE');
  }

  /** Gives up uploads whose clients are disconnected, now or later: they return to another node. */
  leave(): void {
    this.#leaving = true;
    for (const { upload } of [...this.#entries.values()]) {
      if (!upload.attended && !upload.complete) upload.abort(new NetronError('unavailable', 'the node is stopping'));
    }
  }

  #goOn(request: EdgeRequest, upload: ResumableUpload): Promise<EdgeReply> {
    if (mediaTypeOf(request.header('content-type')) !== mediaTypes.partialUpload) {
      throw refused(
        new StatusError(415, new NetronError('invalid_argument', `the rest of an upload must be ${mediaTypes.partialUpload}`)),
      );
    }
    upload.pause();
    const offset = request.header('upload-offset');
    if (offset !== String(upload.offset)) {
      const error = new NetronError(
        'aborted',
        `the upload continues at byte ${upload.offset}, not ${String(offset).slice(0, 20)}`,
      );
      throw new StatusError(409, error, stateOf(upload), true);
    }
    const more = (now: ResumableUpload): EdgeReply => ({ status: 204, headers: stateOf(now) });
    const last = isLast(request);
    return upload.take(request.chunks(), last ? undefined : more, request.signal, totalOf(request, last, upload.offset));
  }

  /** Forgets the oldest answer that is kept. */
  #makeRoom(): void {
    for (const { upload } of this.#entries.values()) if (upload.answered) return upload.end();
  }

  #check(name: string, address: string, caller: CallPeer): void {
    if (!nameForm.test(name)) {
      throw refused(new NetronError('invalid_argument', 'Netron-Upload must be a name of 22 to 64 letters, digits, _ and -'));
    }
    const known = this.#entries.get(name);
    if (known !== undefined) {
      const error = new NetronError('already_exists', 'an upload with this name already exists');
      // Browsers repeat a request whose connection broke: its client continues the existing upload.
      throw refused(known.owner === ownerOf(caller) ? new StatusError(409, error, stateOf(known.upload), true) : error);
    }
    if (this.#entries.size >= most) this.#makeRoom();
    if (this.#leaving || this.#entries.size >= most) {
      throw refused(new NetronError('unavailable', 'too many uploads', { retryAfterMs: 5_000 }));
    }
    let own = 0;
    for (const entry of this.#entries.values()) if (entry.address === address && !entry.upload.complete) own += 1;
    if (own >= maxPerAddress) {
      throw refused(
        new NetronError('resource_exhausted', `${own} uploads of this address are in progress`, { retryAfterMs: 5_000 }),
      );
    }
  }
}

/** Whether a request brings the rest of the body. */
function isLast(request: EdgeRequest): boolean {
  return request.header('upload-complete') !== '?0';
}

/** Returns the bytes of the whole body; `undefined` when unknown. */
function totalOf(request: EdgeRequest, last: boolean, offset: number): number | undefined {
  const length = request.header(last ? 'content-length' : 'upload-length');
  if (length === undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return Number(length) + (last ? offset : 0);
}

function stateOf({ offset, complete }: ResumableUpload): string[] {
  return ['upload-offset', String(offset), 'upload-complete', complete ? '?1' : '?0', 'cache-control', 'no-store'];
}

function isKept({ body, stream }: EdgeReply): boolean {
  return stream === undefined && (body === undefined || body.length <= longestKept);
}
