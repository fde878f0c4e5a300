/** Refuses options that are not numbers: the string '5' would be compared as a number and then concatenated as a string. */
import { described } from './check.js';

/** Ranges by the words of their message. */
const ranges = {
  'a positive number': (value: number) => value > 0,
  'a positive number of milliseconds': (value: number) => value > 0 && value < Infinity,
  'a non-negative number': (value: number) => value >= 0,
  // `Infinity`, which is no limit, has no remainder either.
  'a non-negative integer': (value: number) => value >= 0 && !(value % 1),
  'a positive integer': (value: number) => value >= 1 && !(value % 1),
  'between 0 and 1': (value: number) => value >= 0 && value <= 1,
  'above 0 and at most 1': (value: number) => value > 0 && value <= 1,
};

/** A range, in the words of its message. */
export type NumberRange = keyof typeof ranges;

/**
 * Refuses options that are not numbers within a range.
 *
 * @param where names the place of the options in the error message
 * @param values by their names, defaults included
 * @throws RangeError
 */
export function checkNumbers(where: string, values: Readonly<Record<string, unknown>>, range: NumberRange): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number' && ranges[range](value)) continue;
    const came = typeof value === 'number' ? value : described(value);
    throw new RangeError(`${where}: ${name} must be ${range}, not ${came}`);
  }
}
