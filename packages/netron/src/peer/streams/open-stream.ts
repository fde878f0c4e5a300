/** A stream between this node and a peer, at this moment. */
export interface OpenStream {
  readonly id: number;
  /** `out`: this node produces it. */
  readonly direction: 'in' | 'out';
  /**
   * `service.method` of the call whose result or argument it is; empty for streams that this node sends as arguments, and for those in
   * events.
   */
  readonly owner: string;
  /** Time of its opening, in milliseconds on the node's monotonic clock. */
  readonly opened: number;
  /** Bytes: sent so far for an outgoing stream, received and not read for an incoming one. */
  readonly size: number;
}
