/** Source of time. Passed in, so that a whole cluster can run on virtual time. */
export interface Clock {
  /** Returns milliseconds on a monotonic clock of arbitrary origin. */
  now(): number;
  /** Returns milliseconds since 1970, for calendar times, never for durations. It may jump. */
  wall(): number;
  /**
   * @param background `true`: the timer alone does not keep the process alive
   * @returns a handle for `clearTimeout`
   */
  setTimeout(action: () => void, ms: number, background?: boolean): unknown;
  clearTimeout(handle: unknown): void;
}
