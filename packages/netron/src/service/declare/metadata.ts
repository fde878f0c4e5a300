import type { AnnotationStatement } from '../../middleware/member.js';
import type { MiddlewareInput } from '../../middleware/places.js';
import type { Fill, ServiceExposure } from './exposed.js';
import type { ServiceId } from './service-name.js';

/** Metadata of one member of a class, written by decorators. */
export interface MemberMetadata {
  /** Whether `@Public()` is among its decorators. The other decorators alone expose nothing. */
  exposed: boolean;
  /** `true` when any decorator states it, otherwise `false` when any states that; otherwise `undefined`. */
  readonly: boolean | undefined;
  stream: boolean;
  /** Position of the parameter that receives the call's context. */
  context: number | undefined;
  /** Functions that fill parameters instead of the caller, by position. */
  fills: ReadonlyMap<number, Fill>;
  /** Middleware, outermost first; one entry for each class that declares some, base classes first. */
  middleware: Owned<MiddlewareInput>[];
  /** Annotations, in the same form. */
  annotations: Owned<AnnotationStatement>[];
}

/** Declarations of one class. */
export interface Owned<T> {
  readonly owner: object;
  list: readonly T[];
}

/** Metadata of one class, written by decorators, without inherited metadata. */
export interface ClassMetadata {
  service: ServiceId | undefined;
  /** Middleware, outermost first. */
  middleware: readonly MiddlewareInput[];
  /** Annotations, outermost first. */
  annotations: readonly AnnotationStatement[];
  readonly members: Map<string, MemberMetadata>;
  /** Exposure from this record and those of the base classes; made on first use, discarded on change. */
  exposure: ServiceExposure | undefined;
}

const records = new WeakMap<object, ClassMetadata>();

/** Returns the record of the class with this prototype; makes it when there is none. */
export function classMetadata(prototype: object): ClassMetadata {
  let record = records.get(prototype);
  if (record === undefined) {
    record = { service: undefined, middleware: [], annotations: [], members: new Map(), exposure: undefined };
    records.set(prototype, record);
  }
  return record;
}

/** Returns the record of exactly this class; `undefined` when it has no decorators. */
export function ownClassMetadata(prototype: object): ClassMetadata | undefined {
  return records.get(prototype);
}

/** Returns the records of a class and of its base classes, if they have one; base classes first. */
export function inheritedMetadata(prototype: object): ClassMetadata[] {
  const found: ClassMetadata[] = [];
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const record = records.get(at);
    if (record !== undefined) found.unshift(record);
  }
  return found;
}

/** Returns the record of one member of a class; makes it when there is none. */
export function memberMetadata(prototype: object, name: string): MemberMetadata {
  const record = classMetadata(prototype);
  record.exposure = undefined;
  let member = record.members.get(name);
  if (member === undefined) {
    member = {
      exposed: false,
      readonly: undefined,
      stream: false,
      context: undefined,
      fills: new Map(),
      middleware: [],
      annotations: [],
    };
    record.members.set(name, member);
  }
  return member;
}

/** Combines the statements of a derived class about a member with those of its base classes. No earlier statement is weakened. */
export function mergeMembers(base: MemberMetadata | undefined, derived: MemberMetadata): MemberMetadata {
  if (base === undefined) return derived;
  return {
    exposed: base.exposed || derived.exposed,
    readonly: strictest(base.readonly, derived.readonly),
    stream: base.stream || derived.stream,
    context: derived.context ?? base.context,
    fills: new Map([...base.fills, ...derived.fills]),
    middleware: inherited(base.middleware, derived.middleware),
    annotations: inherited(base.annotations, derived.annotations),
  };
}

/** Adds the derived class's entries; in the standard dialect its record repeats those of its base classes, which are left out. */
function inherited<T>(base: readonly Owned<T>[], derived: readonly Owned<T>[]): Owned<T>[] {
  return [...base, ...derived.filter(({ owner }) => !base.some((entry) => entry.owner === owner))];
}

/** Returns `true` if either is `true`, otherwise `false` if either is `false`, otherwise `undefined`. */
export function strictest(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === true || other === true) return true;
  return one ?? other;
}
