const settled = Promise.resolve();

/** Returns milliseconds on a monotonic clock, which is read once for all that is done in a row: reading it costs as much as a part of a call. */
export function timeOfTurn(): () => number {
  let now = Number.NaN;
  const forget = () => {
    now = Number.NaN;
  };
  return () => {
    if (!Number.isNaN(now)) return now;
    now = performance.now();
    void settled.then(forget);
    return now;
  };
}
