const settled = Promise.resolve();

/** Returns a monotonic clock in milliseconds that is read once per turn: reading it costs as much as a part of a call. */
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
