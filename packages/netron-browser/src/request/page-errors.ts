/** Error classes of a page. The code that converts errors to data and back is loaded with the first error. */
import { type ErrorClass, ErrorClasses, type ErrorClassOptions, type ErrorCodec } from '@omnitron-dev/netron/http/client';

export class PageErrors {
  readonly #classes = new ErrorClasses();
  #codec: Promise<ErrorCodec> | undefined;

  /** @throws TypeError when `ErrorClass` is not a class of errors, or its name is taken by another class */
  register<E extends Error>(ErrorClass: ErrorClass<E>, options?: ErrorClassOptions<NoInfer<E>>): void {
    this.#classes.register(ErrorClass, options);
  }

  /** Returns the codec of errors. Rejects when its code cannot be loaded; the next call tries again. */
  codec(): Promise<ErrorCodec> {
    this.#codec ??= import('./error-codec.js').then(
      ({ errorCodec }) => errorCodec(this.#classes),
      (error: unknown) => {
        this.#codec = undefined;
        throw error;
      },
    );
    return this.#codec;
  }
}
