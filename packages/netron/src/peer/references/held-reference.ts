/** A function or service object that one end holds of the other, as it is right now. */
export interface HeldReference {
  readonly handle: number;
  /** `out`: the peer holds something of this node. */
  readonly direction: 'in' | 'out';
  /** What it belongs to, as `name@version`; `function@0.0.0` for functions. */
  readonly owner: string;
  /** When it was handed over first, in milliseconds on the node's monotonic clock. */
  readonly since: number;
  /** How often it was sent and not released. */
  readonly size: number;
}
