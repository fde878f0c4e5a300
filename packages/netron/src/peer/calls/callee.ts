import type { MemberKind } from '../../middleware/member.js';

/** Member that is called, as people know it. */
export interface CallName {
  readonly service: string;
  readonly method: string;
}

/** Target of a call: for messages of errors, and for observers. */
export interface CallTarget extends CallName {
  /** Default `0.0.0`. */
  readonly version?: string;
  /** Default `method`. */
  readonly kind?: MemberKind;
}

/** A member of an object at the other end, as calls name it: made once for any number of calls. */
export class Callee implements CallTarget {
  /** Object that is called: 0 for the other node itself. With `path`: number of the call whose result is called. */
  readonly handle: number;
  /** Number of the member in the definition of the object; 0 with `path`. */
  readonly member: number;
  readonly service: string;
  readonly method: string;
  readonly version: string;
  readonly kind: MemberKind;
  /** Names from the result of a call under way to what is called. */
  readonly path: readonly string[] | undefined;

  constructor(
    handle: number,
    member: number,
    service: string,
    method: string,
    version = '0.0.0',
    kind: MemberKind = 'method',
    path?: readonly string[],
  ) {
    this.handle = handle;
    this.member = member;
    this.service = service;
    this.method = method;
    this.version = version;
    this.kind = kind;
    this.path = path;
  }
}
