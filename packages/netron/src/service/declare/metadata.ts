import type { AnnotationStatement } from '../../middleware/member.js';
import type { MiddlewareInput } from '../../middleware/places.js';
import type { Fill, ServiceExposure } from './exposed.js';
import type { ServiceId } from './service-name.js';

/** Metadata of one member of a class, written by decorators. */
export interface MemberMetadata {
  /** `@Public()` was among them. The others alone expose nothing. */
  exposed: boolean;
  /** `true` when any of them said so, else `false` when any did. */
  readonly: boolean | undefined;
  stream: boolean;
  /** Position of the parameter that receives the call's context. */
  context: number | undefined;
  /** Functions that fill parameters instead of the caller, by position. */
  fills: ReadonlyMap<number, Fill>;
  /** Outermost first; one entry for each class that declares some, base classes first. */
  middleware: Owned<MiddlewareInput>[];
  /** The same for what was said. */
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
  /** Outermost first. */
  middleware: readonly MiddlewareInput[];
  /** Outermost first. */
  annotations: readonly AnnotationStatement[];
  readonly members: Map<string, MemberMetadata>;
  /** Exposure by this record and those of the base classes; made on first use, dropped on change. */
  exposure: ServiceExposure | undefined;
}

const records = new WeakMap<object, ClassMetadata>();

/** The record of the class with this prototype; made when there is none. */
export function classMetadata(prototype: object): ClassMetadata {
  let record = records.get(prototype);
  if (record === undefined) {
    record = { service: undefined, middleware: [], annotations: [], members: new Map(), exposure: undefined };
    records.set(prototype, record);
  }
  return record;
}

/** The record of exactly this class, or `undefined` when no decorator has touched it. */
export function ownClassMetadata(prototype: object): ClassMetadata | undefined {
  return records.get(prototype);
}

/** The records of a class and all its base classes that have one; base classes first. */
export function inheritedMetadata(prototype: object): ClassMetadata[] {
  const found: ClassMetadata[] = [];
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const record = records.get(at);
    if (record !== undefined) found.unshift(record);
  }
  return found;
}

/** The record of one member of a class; made when there is none. */
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

/** Puts what a derived class says about a member over what its base classes said. Nothing said earlier is weakened. */
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

/** In the standard dialect the record of a derived class holds what its base classes said, too. */
function inherited<T>(base: readonly Owned<T>[], derived: readonly Owned<T>[]): Owned<T>[] {
  return [...base, ...derived.filter(({ owner }) => !base.some((entry) => entry.owner === owner))];
}

/** `true` over `false` over nothing said. */
export function strictest(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === true || other === true) return true;
  return one ?? other;
}
