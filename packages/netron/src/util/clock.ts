/** Source of time. Injected, so that a whole cluster can run on virtual time. */
export interface Clock {
  /** Milliseconds on a monotonic clock of arbitrary origin. */
  now(): number;
  /** Milliseconds since 1970: for what is meant by a calendar, never for durations. It may jump. */
  wall(): number;
  /**
   * @param background `true`: the timer alone does not keep the process alive
   * @returns a handle for `clearTimeout`
   */
  setTimeout(action: () => void, ms: number, background?: boolean): unknown;
  clearTimeout(handle: unknown): void;
}
