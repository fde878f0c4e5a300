/** A function or service object that one end holds of the other, as it is right now. */
export interface HeldReference {
  readonly handle: number;
  /** `out`: the peer holds something of this node. */
  readonly direction: 'in' | 'out';
  /** Its service, as `name@version`; `function@0.0.0` for functions. */
  readonly owner: string;
  /** Time of its first transfer, in milliseconds on the node's monotonic clock. */
  readonly since: number;
  /** Number of times that it was sent and not released. */
  readonly size: number;
}
