import { thrownText } from '@omnitron-dev/netron';
import type { Container, InjectionToken, Provider } from '@omnitron-dev/nexus';
import { TitanError } from '../errors/titan-error.js';
import type { StopTime } from '../util/deadline.js';
import { type Composition, compose, composePlatform, instanceOf, type Parts } from './composition.js';
import { attempt, type Failures } from './lifecycle.js';

/** The containers of an application: created on demand, and again for each start. */
export class AppGraph {
  readonly #name: string;
  readonly #parts: Parts;
  readonly #providers: () => readonly Provider[];
  readonly #settle: (composition: Composition) => void;
  #platform: Container | undefined;
  #composition: Composition | undefined;

  /**
   * @param providers of the platform
   * @param settle called with each new composition; may refuse it
   */
  constructor(name: string, parts: Parts, providers: () => readonly Provider[], settle: (composition: Composition) => void) {
    this.#name = name;
    this.#parts = parts;
    this.#providers = providers;
    this.#settle = settle;
  }

  /** The container of the platform. */
  get platform(): Container {
    this.#platform ??= composePlatform(this.#providers(), this.#parts);
    return this.#platform;
  }

  /** Checks the whole graph, once. @throws NexusError; TitanError `invalid_config` when the topology does not fit */
  compose(): Composition {
    if (!this.#composition) {
      const composition = compose(this.#name, this.platform, this.#parts);
      this.#settle(composition);
      this.#composition = composition;
    }
    return this.#composition;
  }

  /** Returns the instance of a token; for a token of the platform, without composing the rest. */
  get<T>(token: InjectionToken<T>): T {
    const { platform } = this;
    if (!this.#composition && platform.has(token)) return platform.get(token);
    return instanceOf(this.compose(), token);
  }

  /** @throws TitanError `invalid_use` if nothing can be added any more */
  open(method: string): void {
    if (!this.#composition) return;
    const text = `app.${method}() must be called before the start, and before app.get() of a module's provider`;
    throw new TitanError('invalid_use', text);
  }

  /** Disposes all instances: first those of the modules, then those that replace parts of the platform. They share the time of the stop. */
  async dispose(time: StopTime, failures: Failures): Promise<void> {
    const { container } = this.#composition ?? {};
    const platform = this.#platform;
    this.#composition = undefined;
    this.#platform = undefined;
    await attempt('instances', failures, () => disposeEach(container, time));
    await attempt('platform', failures, () => disposeEach(platform, time));
  }
}

/** @throws AggregateError with everything that failed or timed out; everything else has been disposed */
function disposeEach(container: Container | undefined, time: StopTime): Promise<void> | undefined {
  return container?.dispose(async (ending, instance) => {
    try {
      await time.wait(() => ending);
    } catch (error) {
      throw new Error(`${nameOf(instance)}: ${thrownText(error)}`, { cause: error });
    }
  });
}

const nameOf = (instance: unknown): string => (instance as object | undefined)?.constructor?.name || 'a step';
