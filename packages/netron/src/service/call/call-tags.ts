/** Tags of one call: collects them from its method, for the reply and, when the call has succeeded, for the node. */
import { isThenable } from '../../util/is-thenable.js';
import { wellFormed } from '../../wire/surrogates.js';

/** Receives tags that were invalidated. */
export type OutdatedListener = (tags: readonly string[]) => void;

/** Event of a node that reports invalidated tags. */
export const outdatedEvent = 'netron:outdated';

/** Data of `netron:outdated`. */
export interface OutdatedEvent {
  readonly tags: readonly string[];
}

export class CallTags {
  /** Tags of the data in the result. */
  readonly shown = new Set<string>();
  /** Tags that the call has invalidated. */
  readonly outdated: Set<string>;

  /** @param outdated tags that every call of the member invalidates */
  constructor(outdated: readonly string[] = []) {
    this.outdated = new Set(outdated);
  }

  /** Passes the invalidated tags to `listener` once `result` is there; of a call that fails, none. */
  publish(result: unknown, listener: OutdatedListener): void {
    const tell = (): void => {
      if (this.outdated.size > 0) listener([...this.outdated]);
    };
    if (isThenable(result)) result.then(tell, () => {});
    else tell();
  }
}

/**
 * Returns the tag in the form in which it is sent: with U+FFFD in place of unpaired surrogates, which headers and UTF-8 cannot represent.
 *
 * @throws TypeError for an invalid tag
 */
export function checkTag(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= 256) return wellFormed(name);
  const came = typeof name === 'string' ? `one of ${name.length}` : typeof name;
  throw new TypeError(`a tag must be a string of 1 to 256 characters, not ${came}`);
}
