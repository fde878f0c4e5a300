/** Combination of several statements about a member, from decorators and `defineService`, into one value per annotation. */
import { copyPlain, samePlain } from '../../errors/plain-data.js';
import type { AnnotationKey, AnnotationStatement } from '../../middleware/member.js';
import { described } from '../../util/check.js';
import { thrownText } from '../../util/thrown.js';

/** Values for one member, by the annotations' names. */
export type Annotations = ReadonlyMap<string, unknown>;

/**
 * Combines all statements about a member.
 *
 * @param ofClass base classes first
 * @param ofMember base classes first
 * @throws TypeError when the combination would weaken a statement, or two different annotations have one name
 */
export function combineAnnotations(
  ofClass: readonly AnnotationStatement[],
  ofMember: readonly AnnotationStatement[],
): Annotations {
  const statements = [...ofMember].flatMap(withImplied);
  const own = new Set(statements.map(({ key }) => key.name));
  const values = new Map<string, unknown>();
  const keys = new Map<string, AnnotationKey<unknown>>();
  for (const { key, value } of [...ofClass.filter(({ key: { optIn, name } }) => !optIn || own.has(name)), ...statements]) {
    const known = keys.get(key.name);
    if (known !== undefined && known !== key) throw new TypeError(`duplicate annotation name '${key.name}'`);
    values.set(key.name, known === undefined ? value : key.combine(values.get(key.name), value));
    keys.set(key.name, key);
  }
  return values;
}

/** Returns the published annotations among `entries`, as they are sent; `undefined` when there are none. */
export function publishedAnnotations(
  annotations: Annotations,
  entries: readonly AnnotationStatement[],
): Readonly<Record<string, unknown>> | undefined {
  const names = new Set(
    entries
      .flatMap(withImplied)
      .filter(({ key }) => key.published)
      .map(({ key }) => key.name),
  );
  const published: Record<string, unknown> = {};
  for (const name of [...names].sort()) {
    if (!annotations.has(name)) continue;
    const value = annotations.get(name);
    if (!samePlain(copyPlain(value), value)) throw new TypeError(`annotation '${name}' cannot be published: expected plain data`);
    published[name] = value;
  }
  return Object.keys(published).length === 0 ? undefined : Object.freeze(published);
}

function withImplied(statement: AnnotationStatement): AnnotationStatement[] {
  return [...statement.implies.flatMap(withImplied), statement];
}

/**
 * Returns `merge` with checks of its results: each has to include both statements, and their order must not matter.
 *
 * @param stricter whether a statement refuses everything that another refuses: a result has to refuse what both refuse
 */
export function tightening<T>(
  name: string,
  merge: (outer: T, inner: T) => T,
  stricter: (one: T, other: T) => boolean = () => true,
): (outer: T, inner: T) => T {
  const isStricter = (one: T, other: T): boolean => {
    const answer: unknown = asked(name, 'stricter', one, other, stricter);
    if (typeof answer === 'boolean') return answer;
    throw new TypeError(`annotation '${name}': stricter must return a boolean, not ${described(answer)}`);
  };
  return (outer, inner) => {
    const join = (one: T, other: T): T => asked(name, 'merge', one, other, merge);
    const both = join(outer, inner);
    if (both === undefined && (outer !== undefined || inner !== undefined))
      throw new TypeError(
        `annotation '${name}': merging ${show(outer)} and ${show(inner)} gives undefined, which is less strict`,
      );
    const holds = [join(inner, outer), join(outer, both), join(inner, both)].every((other) => samePlain(other, both));
    const looser = [outer, inner].find((one) => holds && !isStricter(both, one));
    if (looser !== undefined) {
      throw new TypeError(
        `annotation '${name}': merging ${show(outer)} and ${show(inner)} gives ${show(both)}, which is less strict than ${show(looser)}`,
      );
    }
    if (holds) return both;
    throw new TypeError(
      `annotation '${name}': merging ${show(outer)} and ${show(inner)} gives ${show(both)}; merge must include both and return the same in either order`,
    );
  };
}

/** Calls a function of the program with two statements; an error that it throws is wrapped in one that names the annotation. */
function asked<T, R>(name: string, what: string, one: T, other: T, rule: (one: T, other: T) => R): R {
  try {
    return rule(one, other);
  } catch (cause) {
    const reason = thrownText(cause);
    throw new TypeError(`annotation '${name}': ${what} failed for ${show(one)} and ${show(other)}: ${reason}`, { cause });
  }
}

/** Formats a value for an error message. */
export function show(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 128) ?? String(value);
  } catch {
    return 'a value';
  }
}
