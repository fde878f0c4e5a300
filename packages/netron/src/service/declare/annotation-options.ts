/** Options of an annotation, checked when the annotation is created: a misspelt rule would otherwise be ignored. */
import { type AnnotationStatement, isAnnotationName } from '../../middleware/member.js';
import { described, isRecord } from '../../util/check.js';
import { onlyOptions } from '../../util/only-options.js';

/** Options of `createAnnotation`. */
export interface AnnotationOptions<T> {
  /** Name, unique among the annotations of a program: at most 64 letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /**
   * How two statements about one member are combined, where `outer` was made further from it (on a base class, on the class):
   *
   * - a function: for annotations that grant or refuse something. The result must be at least as strict as both statements,
   *   in either order; otherwise exposing the service throws a `TypeError`
   * - `complete`: fields of `inner` over those of `outer`; for settings
   * - `nearest`: `inner` alone; for descriptions
   *
   * Default `nearest`.
   */
  readonly merge?: 'nearest' | 'complete' | ((outer: T, inner: T) => T);
  /**
   * Returns whether `one` refuses everything that `other` refuses. If given, a result of `merge` that is less strict than either
   * statement is a `TypeError` when the service is exposed. This finds a merge that combines both in the wrong direction. Default: no check.
   */
  readonly stricter?: (one: T, other: T) => boolean;
  /** Whether it is sent with the definition of the service: plain data, at most 1,024 entries and strings of 8,192 characters. Default `false`. */
  readonly published?: boolean;
  /**
   * Reads a value that another node has published; returns `undefined` for an invalid one. Default: accepts any value.
   */
  readonly read?: (published: unknown) => T | undefined;
  /**
   * Checks values when a statement is made: throws a `TypeError` or returns `false` for an invalid one. Default: accepts any value.
   */
  readonly check?: (value: T) => unknown;
  /** Whether only members that state it themselves have it; a statement about the class then completes theirs. Default `false`. */
  readonly optIn?: boolean;
  /** Further statements that each statement of this annotation implies. */
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

/** @throws TypeError with the reason, when the options of an annotation are invalid */
export function checkAnnotationOptions(options: unknown): void {
  if (!isRecord(options))
    throw new TypeError(`createAnnotation: options must be an object such as { name: 'roles' }, not ${described(options)}`);
  const { name, merge = 'nearest', stricter, implies = [] } = options;
  if (typeof name !== 'string' || !isAnnotationName(name)) {
    throw new TypeError(`invalid annotation name '${String(name).slice(0, 64)}': expected letters, digits, '_', '-' and '.'`);
  }
  onlyOptions(`annotation '${name}'`, options, names);
  if (typeof merge !== 'function' && merge !== 'nearest' && merge !== 'complete')
    throw new TypeError(`annotation '${name}': merge must be a function, 'nearest' or 'complete', not ${described(merge)}`);
  for (const option of ['stricter', 'read', 'check'] as const) expect(name, option, options[option], 'function');
  for (const option of ['published', 'optIn'] as const) expect(name, option, options[option], 'boolean');
  if (stricter !== undefined && typeof merge !== 'function')
    throw new TypeError(`annotation '${name}': 'stricter' requires a function for 'merge'`);
  checkStatements(`annotation '${name}': implies`, implies);
}

function expect(name: string, option: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value !== undefined && typeof value !== type)
    throw new TypeError(`annotation '${name}': ${option} must be a ${type}, not ${described(value)}`);
}

/**
 * Checks a list of annotations.
 *
 * @param where name of the list, for the message
 * @throws TypeError when it is not a list of annotations
 */
export function checkStatements(where: string, given: unknown): asserts given is readonly AnnotationStatement[] {
  if (!Array.isArray(given)) throw new TypeError(`${where} must be an array of annotations, not ${described(given)}`);
  for (const each of given as unknown[]) {
    const { key, implies } = (each ?? {}) as Partial<AnnotationStatement>;
    if (typeof key?.combine !== 'function' || !Array.isArray(implies))
      throw new TypeError(`${where} must contain annotations such as Roles(['admin']), not ${described(each)}`);
  }
}
