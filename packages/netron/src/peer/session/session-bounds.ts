/** Bounds of a session. */
export interface SessionBounds {
  /** Milliseconds that a lost connection may take to be replaced. */
  readonly window: number;
  /** Bytes that are kept for the other end before it says that it has them; then senders wait. */
  readonly buffer: number;
  /** Whether an address at which nobody listens any more ends it, instead of the window. Default `false`. */
  readonly endsWhenRefused?: boolean;
}
