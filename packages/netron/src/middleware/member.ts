/** Members of services as middleware sees them, and the keys by which it reads their annotations. */

/** Kind of a member: a method returns a value, a stream method many, a property is read or written. */
export type MemberKind = 'method' | 'stream' | 'property';

/** Reads one kind of annotation; made by `createAnnotation`. */
export interface AnnotationKey<T> {
  /** Name, unique among annotations; published annotations are sent under it. */
  readonly name: string;
  /** Whether it is sent with the definition of a service, so that callers can read it. */
  readonly published: boolean;
  /** Whether only members that state it themselves have it; the annotation of a class or service then completes theirs. */
  readonly optIn: boolean;
  /**
   * Combines two statements about one member.
   *
   * @param outer the one made further from the member: on a base class, on the class
   * @throws TypeError when the result is weaker than one of them
   */
  combine(outer: T, inner: T): T;
  /** Returns the value that another node has published; `undefined` when it is invalid. */
  read(published: unknown): T | undefined;
}

/** Whether `name` is a valid name of an annotation. */
export function isAnnotationName(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name) && name !== '__proto__';
}

/** Statement about a class or a member: an annotation with its value. */
export interface AnnotationStatement<T = unknown> {
  readonly key: AnnotationKey<T>;
  readonly value: T;
  /** Further statements about the member that this one implies. */
  readonly implies: readonly AnnotationStatement[];
}

/** A member of a service, a function or a task, for which middleware is composed. */
export interface MemberInfo {
  /** Service name without version; `function` for functions, `netron` for tasks, `result` for members of a pipelined result. */
  readonly service: string;
  /** Exact version; `0.0.0` where there is none. */
  readonly version: string;
  readonly name: string;
  readonly kind: MemberKind;
  /** The object that has the member; `undefined` for a remote service, functions and tasks. */
  readonly target: object | undefined;
  /** Returns the combined value of an annotation of the member, its class and base classes; `undefined` when there is none. */
  annotation<T>(key: AnnotationKey<T>): T | undefined;
}

const nothing = (): undefined => undefined;

/** Returns a member without annotations. */
export function plainMember(service: string, name: string, kind: MemberKind = 'method', version = '0.0.0'): MemberInfo {
  return Object.freeze({ service, version, name, kind, target: undefined, annotation: nothing });
}
