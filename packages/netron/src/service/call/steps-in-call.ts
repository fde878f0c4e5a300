/** Generators of methods that are called within the process: their steps run as part of the call, as those over a connection do. */
import { type FollowedCall, runInCall } from './running-call.js';

/** Returns a generator whose steps run as part of `call`; what is no generator is returned as it is. */
export function stepsInCall(result: unknown, call: FollowedCall): unknown {
  return isGenerator(result) ? new StepsInCall(result, call) : result;
}

class StepsInCall implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #generator: AsyncGenerator<unknown, unknown, unknown>;
  readonly #call: FollowedCall;

  constructor(generator: AsyncGenerator<unknown, unknown, unknown>, call: FollowedCall) {
    this.#generator = generator;
    this.#call = call;
  }

  next(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return runInCall(this.#call, (given) => this.#generator.next(given), value);
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return runInCall(this.#call, (given) => this.#generator.return(given), value);
  }

  throw(error: unknown): Promise<IteratorResult<unknown, unknown>> {
    return runInCall(this.#call, (given) => this.#generator.throw(given), error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncGenerator';
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]' && !(value instanceof StepsInCall);
}
