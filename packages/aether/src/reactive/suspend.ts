/**
 * Thrown by a read that cannot be answered yet. Views catch it: they show nothing, tell the nearest `Suspense`, and run again
 * when what they have read has arrived.
 */
export class Suspension {
  constructor(
    /** Settles when the answer has arrived, or will not. Never rejects. */
    readonly until: Promise<void>,
  ) {}
}
