/** Options of an annotation, looked at where it is made: a rule that is misspelt would be a rule that is not there. */
import { type AnnotationStatement, isAnnotationName } from '../../middleware/member.js';
import { described, isRecord } from '../../util/check.js';
import { onlyOptions } from '../../util/only-options.js';

/** Options of `createAnnotation`. */
export interface AnnotationOptions<T> {
  /** Letters, digits, `_`, `-` and `.`, at most 64; unique among the annotations of a program. */
  readonly name: string;
  /**
   * Rule for two statements about one member, of which `outer` was said further from it (on a base class, on the class):
   *
   * - a function: for what grants or refuses something. Combining must only tighten, whichever of the two comes first; a
   *   result that does not hold both is a `TypeError` when the service is exposed
   * - `complete`: fields of `inner` over those of `outer`; for settings
   * - `nearest`: `inner` alone; for descriptions
   *
   * Default `nearest`.
   */
  readonly merge?: 'nearest' | 'complete' | ((outer: T, inner: T) => T);
  /**
   * Whether `one` refuses all that `other` refuses. With it, a result of `merge` that is not as strict as both statements is a
   * `TypeError` when the service is exposed: a merge that holds both alike may still be the wrong way round. Default: not asked.
   */
  readonly stricter?: (one: T, other: T) => boolean;
  /** Travels with the definition of the service: only plain data, 1,024 entries and texts of 8,192 characters at most. Default `false`. */
  readonly published?: boolean;
  /**
   * Checks what another node has published; `undefined` for what is none. Default: it is taken as it comes.
   */
  readonly read?: (published: unknown) => T | undefined;
  /**
   * Refuses values of this program where the statement is made, by throwing a `TypeError` or returning `false`. Default: none is
   * refused.
   */
  readonly check?: (value: T) => unknown;
  /** Only members have it that say so themselves; what is said of a class then completes theirs. Default `false`. */
  readonly optIn?: boolean;
  /** Statements that a member makes as well which makes this one. */
  readonly implies?: readonly AnnotationStatement[];
}

const names: Record<keyof AnnotationOptions<unknown> | 'value', true> = {
  name: true,
  merge: true,
  stricter: true,
  published: true,
  read: true,
  check: true,
  optIn: true,
  implies: true,
  value: true,
};

/** @throws TypeError when they are no options of an annotation, and why */
export function checkAnnotationOptions(options: unknown): void {
  if (!isRecord(options))
    throw new TypeError(`createAnnotation takes options such as { name: 'roles' }, not ${described(options)}`);
  const { name, merge = 'nearest', stricter, implies = [] } = options;
  if (typeof name !== 'string' || !isAnnotationName(name)) {
    throw new TypeError(
      `'${String(name).slice(0, 64)}' is no name for an annotation: expected letters, digits, '_', '-' and '.'`,
    );
  }
  onlyOptions(`annotation '${name}'`, options, names);
  if (typeof merge !== 'function' && merge !== 'nearest' && merge !== 'complete')
    throw new TypeError(`annotation '${name}': merge must be a function, 'nearest' or 'complete', not ${described(merge)}`);
  for (const option of ['stricter', 'read', 'check'] as const) expect(name, option, options[option], 'function');
  for (const option of ['published', 'optIn'] as const) expect(name, option, options[option], 'boolean');
  if (stricter !== undefined && typeof merge !== 'function')
    throw new TypeError(`annotation '${name}' has 'stricter', which goes with a function for 'merge' only`);
  checkStatements(`annotation '${name}': implies`, implies);
}

function expect(name: string, option: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value !== undefined && typeof value !== type)
    throw new TypeError(`annotation '${name}': ${option} must be a ${type}, not ${described(value)}`);
}

/**
 * Refuses what is no list of annotations.
 *
 * @param where it stands, for the message
 * @throws TypeError
 */
export function checkStatements(where: string, given: unknown): asserts given is readonly AnnotationStatement[] {
  if (!Array.isArray(given)) throw new TypeError(`${where} takes an array of annotations, not ${described(given)}`);
  for (const each of given as unknown[]) {
    const { key, implies } = (each ?? {}) as Partial<AnnotationStatement>;
    if (typeof key?.combine !== 'function' || !Array.isArray(implies))
      throw new TypeError(`${where} takes annotations such as Roles(['admin']), not ${described(each)}`);
  }
}
