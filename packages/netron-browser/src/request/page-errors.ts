/** Errors that a page knows: their classes at once, what turns them into data and back with the first that needs it. */
import { type ErrorClass, ErrorClasses, type ErrorClassOptions, type ErrorCodec } from '@omnitron-dev/netron/http/client';

export class PageErrors {
  readonly #classes = new ErrorClasses();
  #codec: Promise<ErrorCodec> | undefined;

  /** @throws TypeError when `ErrorClass` is no class of errors, or another class has its name already */
  register<E extends Error>(ErrorClass: ErrorClass<E>, options?: ErrorClassOptions<NoInfer<E>>): void {
    this.#classes.register(ErrorClass, options);
  }

  /** Codec of errors. Rejects when its code cannot be loaded; the next call tries again. */
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
