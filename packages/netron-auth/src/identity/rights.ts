/** Checks roles and permissions: a string has a method `includes`, too, and would grant rights by any of its parts. */

/** Whether a value is a list that contains the exact string; any other value contains nothing. */
export const holds = (list: unknown, text: string): boolean => Array.isArray(list) && list.includes(text);

/**
 * Checks the values that grant rights; absent ones grant none.
 *
 * @throws TypeError when roles or permissions are not a list of strings
 */
export function checkRights(of: string, given: { readonly roles?: unknown; readonly permissions?: unknown }): void {
  const { roles, permissions } = given;
  checkTexts(`${of}: roles`, roles);
  checkTexts(`${of}: permissions`, permissions);
}

/** @throws TypeError when a value is present but not a list of strings */
export function checkTexts(name: string, given: unknown): void {
  const list = given ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${name} must be an array of strings, not ${kindOf(list)}`);
  for (const item of list)
    if (typeof item !== 'string') throw new TypeError(`${name} must be an array of strings, not an array with ${kindOf(item)}`);
}

/** Names the type of a value; the value itself may be secret. */
const kindOf = (value: unknown): string =>
  typeof value === 'string'
    ? 'a string'
    : value === null || value === undefined
      ? String(value)
      : `a value of type ${typeof value}`;
