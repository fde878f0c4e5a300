/** A stream between this node and a peer, as it is right now. */
export interface OpenStream {
  readonly id: number;
  /** `out`: this node produces it. */
  readonly direction: 'in' | 'out';
  /**
   * `service.method` of the call whose result it is, or that has brought it among its arguments; empty for those that this node sends as
   * arguments, and for those of events.
   */
  readonly owner: string;
  /** Time of its opening, in milliseconds on the node's monotonic clock. */
  readonly opened: number;
  /** Bytes: sent so far when it goes out, received and not read when it comes in. */
  readonly size: number;
}
