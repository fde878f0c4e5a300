import type { Container } from './container.js';
import { register } from './copy.js';
import type { Entry } from './registry.js';

/** Entry whose constructor or factory is running; `inject()` refers to it. */
export let active: Entry | undefined;

/**
 * Returns the container, or request scope, whose constructor or factory is running, until its first `await`; also inside of
 * `container.run()`. `undefined` elsewhere.
 */
export const current = (): Container | undefined => active?.within;

/** This copy of the package. */
export const copy = register(current);

/**
 * Runs the constructor or factory of an entry, with `inject()` referring to it.
 *
 * @param args its arguments; none if they consist of `only`
 */
export function construct(entry: Entry, owner: Container, args: readonly unknown[] | undefined, only?: unknown): unknown {
  const make = entry.make as ((...args: unknown[]) => unknown) & (new (...args: unknown[]) => unknown);
  const before = active;
  active = entry;
  entry.within = owner;
  try {
    if (entry.kind === 'class') return args ? new make(...args) : new make(only);
    return args ? make(...args) : make(only);
  } finally {
    entry.within = undefined;
    active = before;
  }
}
