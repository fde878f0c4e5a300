import type { WritableSignal } from '../../reactive/signal.js';
import { NetronBase } from './netron-service.js';

/**
 * Base class of a store: state in signals, with actions that query and mutate a service on a backend.
 *
 * ```ts
 * class UserStore extends NetronStore<IUserService> {
 *   users = signal<User[]>([]);
 *   async loadUsers() {
 *     this.users.set(await this.query('getUsers', []));
 *   }
 * }
 * ```
 */
export abstract class NetronStore<T extends object> extends NetronBase<T> {
  readonly #running = new Map<WritableSignal<boolean>, number>();

  /** Sets `loading` while `action` runs, until the last of several has ended, also after a failure. */
  protected async withLoading<R>(loading: WritableSignal<boolean>, action: () => Promise<R>): Promise<R> {
    const count = (by: number) => {
      const running = (this.#running.get(loading) ?? 0) + by;
      if (running === 0) this.#running.delete(loading);
      else this.#running.set(loading, running);
      loading.set(running > 0);
    };
    count(1);
    try {
      return await action();
    } finally {
      count(-1);
    }
  }
}
