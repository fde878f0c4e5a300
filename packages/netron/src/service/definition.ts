/**
 * What a service shows to the outside, as data: the one record that decorators, `defineService` and `createService`
 * all produce, and that travels to callers.
 */

/** A method answers with a value, a stream method with many, a property is read or written. */
export type MemberKind = 'method' | 'stream' | 'property';

/** One public member. Its position in `ServiceDefinition.members` is its number on the wire. */
export interface MemberDefinition {
  readonly name: string;
  readonly kind: MemberKind;
  /** Properties only: may be written from outside. Default `false` (MISSION ruling 32). */
  readonly writable?: boolean;
}

/** Name, version and public members of a service. Immutable. */
export interface ServiceDefinition {
  /** Without version; letters, digits, `_`, `-`, `.`, `/`, at most 128 characters. */
  readonly name: string;
  /** Semantic version; `1.0.0` when none was given. */
  readonly version: string;
  readonly members: readonly MemberDefinition[];
}
