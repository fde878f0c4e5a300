/**
 * Definition of a service, as data: the one record that decorators, `defineService` and `createService`
 * all produce, and that is sent to callers.
 */

import type { MemberKind } from '../middleware/member.js';

export type { MemberKind };

/** One public member. Its position in `ServiceDefinition.members` is its number on the wire. */
export interface MemberDefinition {
  readonly name: string;
  readonly kind: MemberKind;
  /** Whether callers may write it; only for properties. Default `false`. */
  readonly writable?: boolean;
  /** Published annotations, by their names: plain data. Read them with `member.annotation(Key)`. */
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** Name, version and public members of a service. Immutable. */
export interface ServiceDefinition {
  /** Name without version: letters, digits, `_`, `-`, `.`, `/`, at most 128 characters. */
  readonly name: string;
  /** Semantic version; `1.0.0` when none was given. */
  readonly version: string;
  readonly members: readonly MemberDefinition[];
}
