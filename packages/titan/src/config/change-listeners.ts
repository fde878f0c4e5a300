import { isThenable } from '../util/when-done.js';
import { split } from './tree.js';
import { same, valueAt } from './values.js';

/** Hears that a value of the configuration has changed. */
type Heard = () => unknown;

/** Functions that are called when values of the configuration change. Their failures, and those of what is told of these, end nothing. */
export class ChangeListeners {
  readonly #all = new Set<{ readonly path: readonly string[]; readonly heard: Heard }>();
  readonly #onError: (error: unknown) => unknown;

  constructor(onError: (error: unknown) => unknown) {
    this.#onError = onError;
  }

  /** Calls `heard` when the value at `path`, or below it, has changed. @returns ends it */
  add(path: string, heard: Heard): () => void {
    const listener = { path: split(path), heard };
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  clear(): void {
    this.#all.clear();
  }

  /** Tells those whose value is another one now. */
  tell(before: unknown, after: unknown): void {
    for (const { path, heard } of [...this.#all])
      if (!same(valueAt(before, path), valueAt(after, path))) guarded(heard, this.report);
  }

  /** Tells of a failure. Never throws. */
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
