/** Limits of a session. */
export interface SessionBounds {
  /** Milliseconds within which a lost connection must be replaced. */
  readonly window: number;
  /** Bytes that are kept for the other end until it acknowledges them; beyond it, senders wait. */
  readonly buffer: number;
  /** Whether a refused connection, at an address where nothing listens any more, ends it before the window is over. Default `false`. */
  readonly endsWhenRefused?: boolean;
}
