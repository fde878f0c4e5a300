/** Refuses options that are unknown or of a wrong type: a misspelled rule would have no effect. */
import { longestDelay, nearestName, readOptions, unknownOption } from '@omnitron-dev/netron';
import { TitanError } from './titan-error.js';

/** Number of characters of a text to show. */
const longest = 64;

/** Returns a quoted text for messages; a long one is truncated. */
export const quoted = (text: string): string => (text.length > longest ? `'${text.slice(0, longest)}…'` : `'${text}'`);

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? quoted(value)
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'function'
        ? 'a function'
        : typeof value === 'object' && value
          ? 'an object'
          : String(value);

/** Largest number of names to list. */
const maxNames = 24;

/** Returns the end of a message about an unknown name: the nearest known name, or else all known ones. */
export function insteadOf(name: string, known: readonly string[]): string {
  const likely = nearestName(name, known);
  if (likely !== undefined) return `; did you mean ${quoted(likely)}?`;
  const more = known.length > maxNames ? ', …' : '';
  return `; known: ${known.slice(0, maxNames).join(', ') || 'none'}${more}`;
}

/** @throws TitanError `invalid_use` with the expected and the actual value */
export function refuse(where: string, expected: string, came: unknown): never {
  throw new TitanError('invalid_use', `${where} must be ${expected}, not ${shown(came)}`);
}

/** @throws TitanError `invalid_use` if options are not an object, or one has an unknown name */
export function checkNames(where: string, given: unknown, names: Readonly<Record<string, true>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    refuse(`${where}: options`, `an object (${Object.keys(names).join(', ')})`, given);
  const fault = unknownOption(given, names);
  if (fault !== undefined) throw new TitanError('invalid_use', `${where}: ${fault}`);
}

/**
 * Reads options once, including inherited ones, so that later changes of the object have no effect. Values that are not
 * records are left to the checks of names.
 *
 * @throws TitanError `invalid_use` for class instances with methods or getters, which would be lost
 */
export function readPlain<T extends object>(where: string, given: T): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return readOptions(given, `${where}: options`, (text) => new TitanError('invalid_use', text));
}

/** Reads options once, and checks their names. @throws TitanError `invalid_use` */
export function readNamed<T extends object>(where: string, given: T, names: Readonly<Record<string, true>>): T {
  const read = readPlain(where, given);
  checkNames(where, read, names);
  return read;
}

/** @throws TitanError `invalid_use` unless it is absent, `true` or `false` */
export function checkFlag(where: string, given: unknown): void {
  if (given !== undefined && typeof given !== 'boolean') refuse(where, 'a boolean', given);
}

/** @throws TitanError `invalid_use` unless it is absent or an object with these methods */
export function checkMethods(where: string, given: unknown, methods: readonly string[]): void {
  if (given === undefined) return;
  const missing = methods.filter((name) => typeof (Object(given) as Record<string, unknown>)[name] !== 'function');
  if (missing.length > 0) refuse(where, `an object with ${methods.map((name) => `${name}()`).join(' and ')}`, given);
}

/** @throws TitanError `invalid_use` unless it is absent or a list of strings */
export function checkTexts(where: string, given: unknown): void {
  if (given === undefined) return;
  if (!Array.isArray(given)) refuse(where, 'an array of non-empty strings', given);
  const wrong = given.findIndex((each) => typeof each !== 'string' || each === '');
  if (wrong !== -1)
    throw new TitanError(
      'invalid_use',
      `${where} must be an array of non-empty strings, got ${shown(given[wrong])} at index ${wrong}`,
    );
}

/** @throws TitanError `invalid_use` unless it is absent or a non-empty string */
export function checkText(where: string, expected: string, given: unknown): void {
  if (given !== undefined && (typeof given !== 'string' || given === '')) refuse(where, expected, given);
}

/** @throws TitanError `invalid_use` unless it is a schema */
export function checkSchema(where: string, given: unknown): void {
  const { validate } = (Object(given) as { readonly '~standard'?: { readonly validate?: unknown } })['~standard'] ?? {};
  if (typeof validate !== 'function') refuse(where, 'a Standard Schema, for instance of zod', given);
}

/** @throws TitanError `invalid_use` unless it is absent or a number of at least `least` */
export function checkNumber(where: string, given: unknown, least: number): void {
  if (given !== undefined && !(typeof given === 'number' && given >= least))
    refuse(where, `a number of at least ${least}`, given);
}

/** @throws TitanError `invalid_use` unless it is absent, a number of milliseconds from `least` up to the limit of timers, or `Infinity` */
export function checkTimeout(where: string, given: unknown, least: number): void {
  if (given !== Number.POSITIVE_INFINITY) checkDelay(where, given, least);
}

/** @throws TitanError `invalid_use` unless it is absent or a number of milliseconds from `least` up to the limit of timers */
export function checkDelay(where: string, given: unknown, least: number): void {
  checkNumber(where, given, least);
  if (typeof given === 'number' && given > longestDelay) refuse(where, 'at most 2,147,483,647 ms (24 days)', given);
}
