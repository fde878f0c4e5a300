import { eventSegments, isWildcard, patternSegments } from './topic.js';

/**
 * Finds what is registered under patterns that cover an event. Patterns without wildcards are found by one look-up, the
 * others by a walk over the event's segments that visits only branches which exist.
 */
export class TopicIndex<T> {
  readonly #exact = new Map<string, Set<T>>();
  readonly #root = new Node<T>();

  /** @throws TypeError when `pattern` is none */
  add(pattern: string, value: T): void {
    const segments = patternSegments(pattern);
    if (isWildcard(pattern)) this.#root.add(segments, 0, value);
    else {
      const values = this.#exact.get(pattern);
      if (values === undefined) this.#exact.set(pattern, new Set([value]));
      else values.add(value);
    }
  }

  delete(pattern: string, value: T): void {
    if (isWildcard(pattern)) this.#root.delete(patternSegments(pattern), 0, value);
    else {
      const values = this.#exact.get(pattern);
      values?.delete(value);
      if (values?.size === 0) this.#exact.delete(pattern);
    }
  }

  /**
   * Returns the entries whose pattern covers `event`, in no particular order.
   *
   * @throws TypeError when `event` is no name of an event
   */
  match(event: string): T[] {
    const segments = eventSegments(event);
    const found = [...(this.#exact.get(event) ?? [])];
    this.#root.match(segments, 0, found);
    return found;
  }
}

/** Node of the index: the continuations after some segments of a pattern. */
class Node<T> {
  /** By the next segment; `*` among them. */
  readonly #next = new Map<string, Node<T>>();
  /** Of patterns that end here. */
  readonly #here = new Set<T>();
  /** Of patterns that go on with `**`. */
  readonly #rest = new Set<T>();

  get empty(): boolean {
    return this.#next.size === 0 && this.#here.size === 0 && this.#rest.size === 0;
  }

  add(segments: readonly string[], i: number, value: T): void {
    const segment = segments[i];
    if (segment === undefined) this.#here.add(value);
    else if (segment === '**') this.#rest.add(value);
    else {
      let node = this.#next.get(segment);
      if (node === undefined) {
        node = new Node();
        this.#next.set(segment, node);
      }
      node.add(segments, i + 1, value);
    }
  }

  delete(segments: readonly string[], i: number, value: T): void {
    const segment = segments[i];
    if (segment === undefined) this.#here.delete(value);
    else if (segment === '**') this.#rest.delete(value);
    else {
      const node = this.#next.get(segment);
      node?.delete(segments, i + 1, value);
      if (node?.empty) this.#next.delete(segment);
    }
  }

  match(segments: readonly string[], i: number, found: T[]): void {
    const segment = segments[i];
    if (segment === undefined) {
      for (const value of this.#here) found.push(value);
      return;
    }
    for (const value of this.#rest) found.push(value);
    this.#next.get(segment)?.match(segments, i + 1, found);
    this.#next.get('*')?.match(segments, i + 1, found);
  }
}
