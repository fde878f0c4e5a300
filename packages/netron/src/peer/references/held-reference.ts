/** A function or service object of one end that the other holds, at this moment. */
export interface HeldReference {
  readonly handle: number;
  /** `out`: the peer holds an object of this node. */
  readonly direction: 'in' | 'out';
  /** Its service, as `name@version`; `function@0.0.0` for functions. */
  readonly owner: string;
  /** Time of its first transfer, in milliseconds on the node's monotonic clock. */
  readonly since: number;
  /** Number of times that it was sent and not released. */
  readonly size: number;
}
