/** Roles and permissions as they are given: a text has `includes` as well, and would grant by any part of itself. */

/** Whether a value is a list with that very text; what is no list holds nothing. */
export const holds = (list: unknown, text: string): boolean => Array.isArray(list) && list.includes(text);

/**
 * Checks what grants rights; what is absent grants none.
 *
 * @throws TypeError when roles or permissions are no list of texts
 */
export function checkRights(of: string, given: { readonly roles?: unknown; readonly permissions?: unknown }): void {
  const { roles, permissions } = given;
  checkTexts(`${of}: roles`, roles);
  checkTexts(`${of}: permissions`, permissions);
}

/** @throws TypeError when a value is there and no list of texts */
export function checkTexts(name: string, given: unknown): void {
  const list = given ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${name} must be a list of texts, got ${kindOf(list)}`);
  for (const item of list)
    if (typeof item !== 'string') throw new TypeError(`${name} must be a list of texts, got a list with ${kindOf(item)}`);
}

/** Names a kind of value; the value itself may be a secret. */
const kindOf = (value: unknown): string =>
  typeof value === 'string' ? 'a text' : value === null || value === undefined ? String(value) : `one of type ${typeof value}`;
