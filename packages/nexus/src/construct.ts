import type { Container } from './container.js';
import type { Entry } from './registry.js';

/** What `inject()` refers to: the entry whose constructor or factory runs right now. */
export let active: Entry | undefined;

/** Runs the constructor or factory of an entry, with `inject()` referring to it. */
export function construct(
  entry: Entry,
  scope: Container | undefined,
  args: readonly unknown[],
  single?: boolean,
  only?: unknown,
): unknown {
  const make = entry.make as ((...args: unknown[]) => unknown) & (new (...args: unknown[]) => unknown);
  const before = active;
  active = entry;
  entry.within = scope ?? entry.home;
  try {
    if (entry.kind === 'class') return single ? new make(only) : new make(...args);
    return single ? make(only) : make(...args);
  } finally {
    entry.within = undefined;
    active = before;
  }
}
