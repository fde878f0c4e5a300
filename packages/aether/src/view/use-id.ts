import { activeScope, provide, type Scope } from '../reactive/owner.js';

/** The ids of a view. */
export interface Ids {
  take(): string;
}

const idsKey = Symbol('aether.ids');
let made = 0;

/**
 * Returns the prefix of the ids of an application that shares its document with others.
 *
 * @throws TypeError unless it is a letter, followed by letters, digits, `-` and `_`
 */
export function checkPrefix(prefix = ''): string {
  if (!/^(?:[a-z][\w-]*)?$/i.test(prefix))
    throw new TypeError(`prefix must be a letter, then letters, digits, - and _, not '${prefix}'`);
  return prefix;
}

/** Provides a root with ids of its own. */
export function provideIds(root: Scope, ids: Ids): void {
  provide(root, idsKey, ids);
}

/** Returns an id that no other view of the page has, for one that no server has written. */
export const laterId = (prefix: string): string => `${prefix}a${made++}`;

/**
 * Returns an id for an element, to connect labels and descriptions. It is unique in the page. The id of a view that a server renders
 * depends on its place only: a hydrated page gets the same ids as the server, in whatever order code and data of its parts arrive.
 */
export function useId(): string {
  const ids = activeScope()?.context?.[idsKey] as Ids | undefined;
  return ids === undefined ? laterId('') : ids.take();
}
