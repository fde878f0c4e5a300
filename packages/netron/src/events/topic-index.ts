import { eventSegments, patternSegments } from './topic.js';

/** Index of entries by patterns: finds those whose pattern covers an event by a walk over its segments that visits only existing branches. */
export class TopicIndex<T> {
  readonly #root: Branch<T> = branch();

  /** @throws TypeError when `pattern` is invalid */
  add(pattern: string, value: T): void {
    let at = this.#root;
    for (const segment of patternSegments(pattern)) {
      const next = at.next.get(segment) ?? branch<T>();
      at.next.set(segment, next);
      at = next;
    }
    at.here.add(value);
  }

  delete(pattern: string, value: T): void {
    remove(this.#root, patternSegments(pattern), value);
  }

  /**
   * Returns the entries whose pattern covers `event`, in no particular order.
   *
   * @throws TypeError when `event` is not a valid name of an event
   */
  match(event: string): T[] {
    const found: T[] = [];
    collect(this.#root, eventSegments(event), 0, found);
    return found;
  }
}

/** Continuations after some segments of a pattern. */
interface Branch<T> {
  /** Branches by the next segment, which may be `*` or `**`. */
  readonly next: Map<string, Branch<T>>;
  /** Entries of patterns that end here. */
  readonly here: Set<T>;
}

function branch<T>(): Branch<T> {
  return { next: new Map(), here: new Set() };
}

/** Removes a value, and branches that become empty. */
function remove<T>(at: Branch<T>, [segment, ...rest]: readonly string[], value: T): void {
  if (segment === undefined) at.here.delete(value);
  else {
    const next = at.next.get(segment);
    if (next === undefined) return;
    remove(next, rest, value);
    if (next.next.size + next.here.size === 0) at.next.delete(segment);
  }
}

function collect<T>(at: Branch<T> | undefined, segments: readonly string[], index: number, found: T[]): void {
  if (at === undefined) return;
  const segment = segments[index];
  for (const value of (segment === undefined ? at : at.next.get('**'))?.here ?? []) found.push(value);
  if (segment === undefined) return;
  collect(at.next.get(segment), segments, index + 1, found);
  collect(at.next.get('*'), segments, index + 1, found);
}
