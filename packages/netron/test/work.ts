/**
 * Counts work instead of time: how busy the machine is, and how fast, does not matter to it. Node only.
 */
import { Session } from 'node:inspector';

/** Calls of functions of this package's sources, as the engine counts them. */
export class WorkCounter implements Disposable {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    this.take();
  }

  /** Returns the number of calls since the last time. */
  take(): number {
    let calls = 0;
    this.#session.post('Profiler.takePreciseCoverage', (_error, coverage) => {
      for (const { url, functions } of coverage?.result ?? []) {
        if (!url.includes('/netron/src/')) continue;
        for (const { functionName, ranges } of functions) if (functionName !== '') calls += ranges[0]?.count ?? 0;
      }
    });
    return calls;
  }

  [Symbol.dispose](): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
