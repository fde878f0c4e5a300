/** Members of services as middleware knows them, and the keys by which it reads what was said about them. */

/** A method answers with a value, a stream method with many, a property is read or written. */
export type MemberKind = 'method' | 'stream' | 'property';

/** Reads one kind of annotation; made by `createAnnotation`. */
export interface AnnotationKey<T> {
  /** Unique among annotations; published ones travel under it. */
  readonly name: string;
  /** Whether it travels with the definition of a service, so that callers can read it. */
  readonly published: boolean;
  /** Whether only members have it that say so themselves; a class's or service's then completes theirs. */
  readonly optIn: boolean;
  /**
   * Two statements about one member as one.
   *
   * @param outer was said further from the member: on a base class, on the class
   * @throws TypeError when the result is weaker than one of them
   */
  combine(outer: T, inner: T): T;
  /** Returns what another node has published, if it can be that; else `undefined`. */
  read(published: unknown): T | undefined;
}

/** Says whether `name` can be that of an annotation. */
export function isAnnotationName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name) && name !== '__proto__';
}

/** Something that was said about a class or a member. */
export interface AnnotationStatement<T = unknown> {
  readonly key: AnnotationKey<T>;
  readonly value: T;
  /** Statements that it makes as well, of a member. */
  readonly implies: readonly AnnotationStatement[];
}

/** A member of a service, a function or a task: what middleware is composed for. */
export interface MemberInfo {
  /** Service name without version; `function` for functions, `netron` for tasks, `result` for what a call's result has. */
  readonly service: string;
  /** Exact version; `0.0.0` where there is none. */
  readonly version: string;
  readonly name: string;
  readonly kind: MemberKind;
  /** The object whose member it is; `undefined` for a service elsewhere, functions and tasks. */
  readonly target: object | undefined;
  /** Returns what was said about the member, and about its class and base classes, combined; `undefined` when nothing was. */
  annotation<T>(key: AnnotationKey<T>): T | undefined;
}

const nothing = (): undefined => undefined;

/** A member about which nothing is said. */
export function plainMember(service: string, name: string, kind: MemberKind = 'method', version = '0.0.0'): MemberInfo {
  return Object.freeze({ service, version, name, kind, target: undefined, annotation: nothing });
}
