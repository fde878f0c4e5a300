/** Refuses values that options cannot have: one table for each record of options names them and says what each may be. */
import { checkNumbers, type NumberRange } from './check-numbers.js';

/**
 * Refuses a value, which may be `undefined`.
 *
 * @param where the option stands, for the message
 * @throws RangeError, TypeError
 */
export type ValueCheck = (where: string, name: string, value: unknown) => void;

/** The values of each option: numbers of a range, or none, or those that a function lets pass. */
export type OptionChecks<T> = { readonly [Name in keyof T]-?: NumberRange | ValueCheck };

/**
 * Refuses values that options cannot have.
 *
 * @param where they stand, for the message
 * @throws RangeError for numbers out of their range; what the functions of the table throw
 */
export function checkValues<T extends object>(where: string, given: T, checks: OptionChecks<T>): void {
  for (const [name, check] of Object.entries<NumberRange | ValueCheck>(checks)) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (typeof check === 'function') check(where, name, value);
    else if (value !== undefined) checkNumbers(where, { [name]: value }, check);
  }
}
