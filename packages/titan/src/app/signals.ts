/** A part of a process that can be stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

// Signals belong to the process: all applications in it share one pair of listeners, which exists while one of them runs.
const running = new Set<Stoppable>();
let ending = false;

/** Returns whether a signal is stopping the applications of the process, which then exits. */
export const endsBySignal = (): boolean => ending;

/** Stops the application on SIGTERM and SIGINT; a second signal exits at once. Returns a function that removes the handlers. */
export function stopAtSignals(app: Stoppable): () => void {
  if (running.size === 0) for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, heard);
  running.add(app);
  return () => {
    running.delete(app);
    if (running.size > 0 || ending) return;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, heard);
  };
}

function heard(signal: NodeJS.Signals): void {
  // As a shell reports a process that was killed by a signal.
  if (ending) process.exit(signal === 'SIGINT' ? 130 : 143);
  ending = true;
  void Promise.allSettled([...running].map((app) => app.stop())).then((outcomes) => {
    process.exit(outcomes.some(({ status }) => status === 'rejected') ? 1 : 0);
  });
}
