import type { MemberKind } from '../../middleware/member.js';

/** Name of a called member, for error messages. */
export interface CallName {
  readonly service: string;
  readonly method: string;
}

/** Target of a call, for error messages and observers. */
export interface CallTarget extends CallName {
  /** Default `0.0.0`. */
  readonly version?: string;
  /** Default `method`. */
  readonly kind?: MemberKind;
}

/** Reference to the called object. Its handle is not reused while it is pinned. */
export interface CalledReference {
  pin(): void;
  unpin(): void;
}

/** A member of a remote object in the form that calls use. Created once for any number of calls. */
export class Callee implements CallTarget {
  /** Object that is called: 0 for the other node itself. With `path`: number of the call whose result is called. */
  readonly handle: number;
  /** Number of the member in the definition of the object; 0 with `path`. */
  readonly member: number;
  readonly service: string;
  readonly method: string;
  readonly version: string;
  readonly kind: MemberKind;
  /** Property names from the result of a pending call to the called member. */
  readonly path: readonly string[] | undefined;
  /** Reference with the handle; absent for the other node itself. */
  reference: CalledReference | undefined = undefined;

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
