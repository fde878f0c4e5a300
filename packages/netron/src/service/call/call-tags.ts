/** Tags of one call: receives what its method tells of, gives it to whoever writes the reply, and to the node when it has succeeded. */
import { isThenable } from '../../util/is-thenable.js';

/** Hears of what has become out of date. */
export type OutdatedListener = (tags: readonly string[]) => void;

/** Event of a node that tells of tags that are out of date. */
export const outdatedEvent = 'netron:outdated';

/** Data of `netron:outdated`. */
export interface OutdatedEvent {
  readonly tags: readonly string[];
}

export class CallTags {
  /** Names of what the result shows. */
  readonly shown = new Set<string>();
  /** Names of what the call has made out of date. */
  readonly outdated: Set<string>;

  /** @param outdated what every call of the member makes out of date */
  constructor(outdated: readonly string[] = []) {
    this.outdated = new Set(outdated);
  }

  /** Tells `listener` of what is out of date when `result` is there, as it is then; of a call that fails nothing. */
  publish(result: unknown, listener: OutdatedListener): void {
    const tell = (): void => {
      if (this.outdated.size > 0) listener([...this.outdated]);
    };
    if (isThenable(result)) result.then(tell, () => {});
    else tell();
  }
}

/** @throws TypeError for what is no tag */
export function checkTag(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= 256) return name;
  const came = typeof name === 'string' ? `one of ${name.length}` : typeof name;
  throw new TypeError(`a tag is a text of 1 to 256 characters, not ${came}`);
}
