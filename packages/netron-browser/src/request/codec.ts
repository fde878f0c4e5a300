/** Encoding of arguments and results: rich JSON, unless the program supplies another codec. */
import { type ErrorCodec, mediaTypeOf, mediaTypes, NetronError, readCommonJson } from '@omnitron-dev/netron/http/client';
import { load } from '../util/load.js';
import type { PageErrors } from './page-errors.js';
import { RichJson } from './rich-json.js';

/** A codec of arguments and results. */
export interface BodyCodec {
  readonly mediaType: string;
  /** @param root name of the value in errors */
  write(value: unknown, errors: ErrorCodec, root: string): string | Uint8Array | Promise<string | Uint8Array>;
  /**
   * Returns the value, or a promise of it.
   *
   * @throws NetronError `unavailable` when the codec itself cannot be loaded: the call fails as if its answer had been lost. After any
   *   other error it fails with `data_loss`
   */
  read(body: Uint8Array, errors: ErrorCodec): unknown;
}

/** The decoded content of a response. */
export interface Body {
  readonly value: unknown;
  /** Bytes, or characters of text. */
  readonly size: number;
}

/** Longest query of a URL; longer arguments are sent in a body. */
const longestQuery = 2_000;

export class Bodies {
  readonly json: RichJson;
  /** Media type of arguments. */
  readonly mediaType: string;
  /** Media types of results. */
  readonly accept: string;
  readonly #errors: PageErrors;
  readonly #own: BodyCodec | undefined;

  /** @param own the codec that the program supplies */
  constructor(errors: PageErrors, own: BodyCodec | undefined) {
    this.json = new RichJson(errors);
    this.mediaType = own?.mediaType ?? mediaTypes.rich;
    this.accept = own === undefined ? mediaTypes.rich : `${own.mediaType}, ${mediaTypes.rich};q=0.9`;
    this.#errors = errors;
    this.#own = own;
  }

  /**
   * Decodes the body of a successful response by its media type.
   *
   * @throws NetronError `invalid_argument` when the content does not match its media type
   */
  async read(response: Response): Promise<Body> {
    const { headers, status } = response;
    const mediaType = mediaTypeOf(headers.get('content-type'));
    if (this.#own !== undefined && mediaType === this.#own.mediaType) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { value: await this.#readOwn(this.#own, bytes), size: bytes.length };
    }
    const rich = mediaType === mediaTypes.rich;
    if (rich || mediaType === mediaTypes.json) {
      const text = await response.text();
      return { value: rich ? await this.json.read(text) : readCommonJson(text, false)?.value, size: text.length };
    }
    if (headers.get('netron-kind') === 'blob') return (await import('./read-blob.js')).readBlob(response);
    if (status === 204) return { value: undefined, size: 0 };
    const received = mediaType === '' ? 'a body without a media type' : mediaType;
    throw new NetronError('invalid_argument', `expected ${mediaTypes.rich}, got ${received}`);
  }

  /** Decodes a body with the codec of the program, whatever it throws. */
  async #readOwn(own: BodyCodec, bytes: Uint8Array): Promise<unknown> {
    const errors = await this.#errors.codec();
    try {
      return await own.read(bytes, errors);
    } catch (cause) {
      if (NetronError.is(cause, 'unavailable')) throw cause;
      throw new NetronError('invalid_argument', 'the codec cannot read the body', { cause });
    }
  }

  /** Encodes arguments as a body. */
  async write(args: readonly unknown[]): Promise<string | Uint8Array> {
    if (this.#own === undefined) return this.json.write(args);
    return this.#own.write(args, await load(this.#errors.codec(), 'arguments'), 'argument');
  }

  /** Encodes arguments as the query of a URL; returns `undefined` when they are too long. */
  async query(args: readonly unknown[]): Promise<string | undefined> {
    if (args.length === 0) return '';
    const text = `?args=${encodeURIComponent(await this.json.write(args))}`;
    return text.length > longestQuery ? undefined : text;
  }
}
