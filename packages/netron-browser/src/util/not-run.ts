/** Notes on an error that its call did certainly not run. */
export function markNotRun<E extends Error>(error: E): E {
  return Object.defineProperty(error, 'outcome', { value: 'not_run', configurable: true });
}
