import type { WritableSignal } from '../../reactive/signal.js';
import type { Contract } from '../types.js';
import { NetronBase } from './netron-service.js';

/** Members that every store has. */
abstract class StoreBase<T extends object> extends NetronBase<T> {
  /** Sets `loading` while `action` runs, also when it fails. */
  protected async withLoading<R>(loading: WritableSignal<boolean>, action: () => Promise<R>): Promise<R> {
    loading.set(true);
    try {
      return await action();
    } finally {
      loading.set(false);
    }
  }
}

/**
 * Base of a store: state in signals, with actions that read and change a service on a backend.
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
export const NetronStore = StoreBase as unknown as abstract new <T extends object>() => StoreBase<T> & Contract<T>;
