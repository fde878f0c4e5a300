import './integration/loaded.js';
import { systemScheduler } from '../src/util/scheduler.js';
import { VirtualClock } from './integration/virtual-clock.js';

/**
 * Virtual time that stands still while work of `watched` objects is under way, for instance signatures, which threads of the
 * system compute: otherwise more of it would pass the busier the machine is.
 */
export class BusyClock extends VirtualClock {
  readonly #work: Set<Promise<unknown>>;

  constructor() {
    const work = new Set<Promise<unknown>>();
    const idle = async (): Promise<void> => {
      await systemScheduler.idle();
      while (work.size > 0) {
        await Promise.allSettled(work);
        await systemScheduler.idle();
      }
    };
    super(0, { idle });
    this.#work = work;
  }

  /** The object, whose methods' promises time waits for. */
  watched<T extends object>(object: T): T {
    return new Proxy(object, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => this.#watch(Reflect.apply(member, target, args));
      },
    });
  }

  #watch(result: unknown): unknown {
    if (!(result instanceof Promise)) return result;
    const over = (): void => void this.#work.delete(result);
    this.#work.add(result);
    result.then(over, over);
    return result;
  }
}
