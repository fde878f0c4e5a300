import { onAbort } from '../util/on-abort.js';
import type { Call } from './call.js';

/** A call's signal that can also be aborted by itself; created when it is first read. */
export class LinkedSignal {
  readonly #call: Call;
  #controller: AbortController | undefined;
  #unlink: (() => void) | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#unlink = onAbort(this.#call.signal, (reason) => this.abort(reason));
    }
    return this.#controller.signal;
  }

  /** Reason of its own abort; `undefined` before. The call's signal is not considered. */
  get reason(): unknown {
    return this.#controller?.signal.reason;
  }

  abort(error: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(error);
  }

  unlink(): void {
    this.#unlink?.();
  }
}
