import { isThenable } from '../util/when-done.js';
import { split } from './tree.js';
import { same, valueAt } from './values.js';

/** Called when a value of the configuration has changed. */
type Heard = () => unknown;

/** Listeners for changes of the configuration. Their errors, and errors of `onError`, end nothing. */
export class ChangeListeners {
  readonly #all = new Set<{ readonly path: readonly string[]; readonly heard: Heard }>();
  readonly #onError: (error: unknown) => unknown;

  constructor(onError: (error: unknown) => unknown) {
    this.#onError = onError;
  }

  /** Calls `heard` when the value at or below `path` has changed. @returns a function that unsubscribes it */
  add(path: string, heard: Heard): () => void {
    const listener = { path: split(path), heard };
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  clear(): void {
    this.#all.clear();
  }

  /** Notifies the listeners whose value has changed. */
  tell(before: unknown, after: unknown): void {
    for (const { path, heard } of [...this.#all])
      if (!same(valueAt(before, path), valueAt(after, path))) guarded(heard, this.report);
  }

  /** Reports an error. Never throws. */
  readonly report = (error: unknown): void =>
    guarded(
      () => this.#onError(error),
      () => {},
    );
}

/** Runs an action of the program, which may fail at once or later. */
function guarded(action: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = action();
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}
