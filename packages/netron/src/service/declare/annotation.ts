/** Statements about members: receives them from decorators and `defineService`, combines them into what middleware reads. */
import { isPlain } from '../../errors/plain-data.js';
import { type AnnotationKey, type AnnotationStatement, isAnnotationName } from '../../middleware/member.js';
import { tightening } from './combine-annotations.js';
import { type AnyClass, decorateMember, isStandard, type MemberDecorator, type ServiceDecorator } from './dialect.js';
import { classMetadata } from './metadata.js';

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
  /** Refuses values of this program by throwing a `TypeError`, where the statement is made. Default: none is refused. */
  readonly check?: (value: T) => void;
  /** Only members have it that say so themselves; what is said of a class then completes theirs. Default `false`. */
  readonly optIn?: boolean;
  /** Statements that a member makes as well which makes this one. */
  readonly implies?: readonly AnnotationStatement[];
}

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

/** @param options `value` is that of a statement which names none */
export function createAnnotation<T>(options: AnnotationOptions<T> & { readonly value: T }): OptionalAnnotation<T>;
/**
 * Makes a kind of annotation: the key, the decorator for classes and members in both dialects, and the entry for
 * `defineService` in one.
 *
 * @throws TypeError when the name is malformed, or `stricter` is given without a function for `merge`
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
  const {
    name,
    merge = 'nearest',
    published = false,
    optIn = false,
    implies = [],
    read = (value: unknown) => value as T,
    check = () => {},
  } = options;
  if (!isAnnotationName(name)) {
    throw new TypeError(
      `'${String(name).slice(0, 64)}' is no name for an annotation: expected letters, digits, '_', '-' and '.'`,
    );
  }
  if (options.stricter !== undefined && typeof merge !== 'function') {
    throw new TypeError(`annotation '${name}' has 'stricter', which goes with a function for 'merge' only`);
  }
  const combine =
    merge === 'nearest'
      ? (_outer: T, inner: T): T => inner
      : merge === 'complete'
        ? (outer: T, inner: T): T => (isPlain(outer) && isPlain(inner) ? { ...outer, ...inner } : inner)
        : tightening(name, merge, options.stricter);
  const make = (...given: T[]): AnnotationEntry<T> => {
    const value = given.length === 0 ? (options.value as T) : (given[0] as T);
    check(value);
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
 * Says something about a function: `defineService({ methods: { add: withAnnotations(add, Roles(['admin'])) } })`. What is
 * said holds wherever the function is a service's method.
 *
 * @returns the function itself
 */
export function withAnnotations<F extends (...args: never[]) => unknown>(
  method: F,
  ...annotations: readonly AnnotationStatement[]
): F {
  ofFunctions.set(method, [...annotations, ...annotationsOf(method)]);
  return method;
}

/** Returns what was said about a function by `withAnnotations`. */
export function annotationsOf(method: object): readonly AnnotationStatement[] {
  return ofFunctions.get(method) ?? [];
}
