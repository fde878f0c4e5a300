/** Statements about members: made by decorators and `defineService`, combined into the values that middleware reads. */
import { isPlain } from '../../errors/plain-data.js';
import type { AnnotationKey, AnnotationStatement } from '../../middleware/member.js';
import { isThenable } from '../../util/is-thenable.js';
import { type AnnotationOptions, checkAnnotationOptions, checkStatements } from './annotation-options.js';
import { show, tightening } from './combine-annotations.js';
import { type AnyClass, decorateMember, isStandard, type MemberDecorator, type ServiceDecorator } from './dialect.js';
import { classMetadata } from './metadata.js';

/** One statement: a decorator of classes and members, and an entry of `annotations` in `defineService`. */
export interface AnnotationEntry<T = unknown> extends AnnotationStatement<T>, ServiceDecorator, MemberDecorator {}

/** Makes statements of one kind, and is the key that reads them: `@Roles(['admin'])`, `member.annotation(Roles)`. */
export interface Annotation<T> extends AnnotationKey<T> {
  (value: T): AnnotationEntry<T>;
}

/** An `Annotation` whose value may be left out. */
export interface OptionalAnnotation<T> extends AnnotationKey<T> {
  (value?: T): AnnotationEntry<T>;
}

/** @param options `value` is the value of a statement without an argument */
export function createAnnotation<T>(options: AnnotationOptions<T> & { readonly value: T }): OptionalAnnotation<T>;
/**
 * Makes a kind of annotation. The result is at once the key that reads it, the decorator for classes and members in both dialects, and
 * the entry for `defineService`.
 *
 * @throws TypeError when the name is malformed, an option is unknown or has the wrong type, or `stricter` is given
 *   without a function for `merge`
 * @example
 * ```ts
 * const Roles = createAnnotation<readonly string[]>({
 *   name: 'roles',
 *   merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
 *   stricter: (one, other) => other.every((role) => one.includes(role)),
 * });
 * ```
 */
export function createAnnotation<T>(options: AnnotationOptions<T>): Annotation<T>;
export function createAnnotation<T>(options: AnnotationOptions<T> & { readonly value?: T }): OptionalAnnotation<T> {
  checkAnnotationOptions(options);
  const {
    name,
    merge = 'nearest',
    published = false,
    optIn = false,
    implies = [],
    read = (value: unknown) => value as T,
    check = () => {},
  } = options;
  const combine =
    merge === 'nearest'
      ? (_outer: T, inner: T): T => inner
      : merge === 'complete'
        ? (outer: T, inner: T): T => (isPlain(outer) && isPlain(inner) ? { ...outer, ...inner } : inner)
        : tightening(name, merge, options.stricter);
  const make = (...given: T[]): AnnotationEntry<T> => {
    const value = given.length === 0 ? (options.value as T) : (given[0] as T);
    refuse(name, value, check(value));
    return entry(key, value, implies);
  };
  const key = Object.defineProperties(make, {
    name: { value: name },
    published: { value: published },
    optIn: { value: optIn },
    combine: { value: combine },
    read: { value: read },
  }) as unknown as OptionalAnnotation<T>;
  return key;
}

/** @param answer result of `check` */
function refuse(name: string, value: unknown, answer: unknown): void {
  if (answer === false) throw new TypeError(`annotation '${name}' cannot be ${show(value)}: rejected by check`);
  if (!isThenable(answer)) return;
  answer.then(undefined, () => {});
  throw new TypeError(`annotation '${name}': check must return a boolean, not a promise`);
}

function entry<T>(key: AnnotationKey<T>, value: T, implies: readonly AnnotationStatement[]): AnnotationEntry<T> {
  const decorate = (first: unknown, second?: unknown): void => {
    if (second === undefined || (isStandard(second) && second.kind === 'class')) {
      const record = classMetadata((first as AnyClass).prototype);
      record.annotations = [made, ...record.annotations];
      record.exposure = undefined;
      return;
    }
    decorateMember(`@${key.name}`, first, second, (record, owner) => {
      const own = record.annotations.find((each) => each.owner === owner);
      if (own === undefined) record.annotations.push({ owner, list: [made] });
      else own.list = [made, ...own.list];
    });
  };
  const made = Object.assign(decorate, { key, value, implies }) as unknown as AnnotationEntry<T>;
  return made;
}

const ofFunctions = new WeakMap<object, readonly AnnotationStatement[]>();

/**
 * Annotates a function: `defineService({ methods: { add: withAnnotations(add, Roles(['admin'])) } })`. The annotations
 * apply in every service that has the function as a method.
 *
 * @returns the function itself
 * @throws TypeError for a value that is not an annotation
 */
export function withAnnotations<F extends (...args: never[]) => unknown>(
  method: F,
  ...annotations: readonly AnnotationStatement[]
): F {
  checkStatements('withAnnotations', annotations);
  ofFunctions.set(method, [...annotations, ...annotationsOf(method)]);
  return method;
}

/** Returns the annotations given to a function by `withAnnotations`. */
export function annotationsOf(method: object): readonly AnnotationStatement[] {
  return ofFunctions.get(method) ?? [];
}
