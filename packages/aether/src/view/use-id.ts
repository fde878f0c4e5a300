import { activeScope, provide, type Scope } from '../reactive/owner.js';

interface Ids {
  readonly prefix: string;
  next: number;
}

const idsKey = Symbol('aether.ids');
const page: Ids = { prefix: 'a', next: 0 };

/**
 * Returns the prefix of the ids of an application that shares its document with others.
 *
 * @throws TypeError unless it is a letter, followed by letters, digits, `-` and `_`
 */
export function checkPrefix(prefix = ''): string {
  if (!/^(?:[a-z][\w-]*)?$/i.test(prefix))
    throw new TypeError(`prefix '${prefix}': a letter is expected, then letters, digits, - and _`);
  return prefix;
}

/** Provides a root with ids of its own, in the same order on the server and in the page. */
export function provideIds(root: Scope, prefix: string): void {
  provide(root, idsKey, { prefix, next: 0 } satisfies Ids);
}

/**
 * Returns an id for an element, to connect labels and descriptions. It is unique in the page. A hydrated page gets the same ids as the
 * server, except where a part waits for its code or its data: ids in it and behind it, within the same `Suspense`, may be numbered in
 * another order. Hydration then sets the attributes to the ids of the page.
 */
export function useId(): string {
  const ids = (activeScope()?.context?.[idsKey] as Ids | undefined) ?? page;
  return `${ids.prefix}${ids.next++}`;
}
