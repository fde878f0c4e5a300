/** Refuses invalid values of options: one table per options type names them and says what each may be. */
import { checkNumbers, type NumberRange } from './check-numbers.js';

/**
 * Refuses an invalid value; the value may be `undefined`.
 *
 * @param where names the place of the option in the error message
 * @throws RangeError, TypeError
 */
export type ValueCheck = (where: string, name: string, value: unknown) => void;

/** The valid values of each option: a range of numbers, or a function that checks them. */
export type OptionChecks<T> = { readonly [Name in keyof T]-?: NumberRange | ValueCheck };

/**
 * Refuses invalid values of options.
 *
 * @param where names the place of the options in the error message
 * @throws RangeError for numbers out of range; the errors of the functions in the table
 */
export function checkValues<T extends object>(where: string, given: T, checks: OptionChecks<T>): void {
  for (const [name, check] of Object.entries<NumberRange | ValueCheck>(checks)) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (typeof check === 'function') check(where, name, value);
    else if (value !== undefined) checkNumbers(where, { [name]: value }, check);
  }
}
