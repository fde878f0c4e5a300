/** Runs the processes of a topology, and restarts those that exit. */
import cluster, { type Worker } from 'node:cluster';

/** Exit code of a process that refuses its configuration. @source `EX_CONFIG` of sysexits.h */
export const refusedCode = 78;

/** Message of a process whose application has started. */
export const startedMessage = 'started';

/** A process that is kept running. */
export interface Wanted {
  /** Name in the topology. */
  readonly name: string;
  /** Index among all processes, from 0. */
  readonly index: number;
}

/** Returns the variables by which an application knows which process it is. */
export const environmentOf = ({ name, index }: Wanted): { readonly TITAN_PROCESS: string; readonly TITAN_INDEX: string } => ({
  TITAN_PROCESS: name,
  TITAN_INDEX: String(index),
});

/** Options of the supervisor. */
export interface SupervisorOptions {
  /** Program of each process. */
  readonly exec: string;
  readonly args: readonly string[];
  readonly say: (text: string) => void;
  /** Restarts of one process within `window`, or in a row without a successful start, after which all are stopped. Default 5. */
  readonly maxRestarts?: number;
  /** Milliseconds. Default 30,000. */
  readonly window?: number;
  /** Milliseconds before the first restart; doubled up to 5 s. Default 100. */
  readonly delay?: number;
  /** Milliseconds within which processes must stop. Default 30,000. */
  readonly stopTimeout?: number;
}

const longestDelay = 5_000;

/**
 * Keeps processes running. They are workers of a cluster: those with the same name share their listening ports.
 *
 * @returns the exit code: 0 after SIGTERM or SIGINT, 1 when a process exited too often, or refused its configuration at its first start
 */
export function supervise(wanted: readonly Wanted[], options: SupervisorOptions): Promise<number> {
  const { exec, args, say, maxRestarts = 5, window = 30_000, delay = 100, stopTimeout = 30_000 } = options;
  cluster.setupPrimary({ exec, args: [...args], silent: false });
  return new Promise((resolve) => {
    const running = new Map<Wanted, Worker>();
    /** Processes whose application has started, so that they listen. */
    const ready = new Set<Wanted>();
    const timers = new Set<NodeJS.Timeout>();
    const ends = new Map<Wanted, number[]>();
    /** Consecutive exits of processes that had not started. */
    const failures = new Map<Wanted, number>();
    let code: number | undefined;
    /** Whether all have run once. */
    let complete = false;

    const finish = () => {
      if (code === undefined || running.size > 0) return;
      for (const timer of timers) clearTimeout(timer);
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
      resolve(code);
    };
    const kill = (signal: NodeJS.Signals) => {
      for (const { process: child } of running.values()) child.kill(signal);
    };
    const after = (ms: number, action: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, ms);
      timers.add(timer);
    };
    const stopAll = (as: number) => {
      code = as;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      kill('SIGTERM');
      after(stopTimeout, () => kill('SIGKILL'));
      finish();
    };
    const start = (process: Wanted) => {
      const worker = cluster.fork(environmentOf(process));
      running.set(process, worker);
      say(`${process.name}: starting (pid ${worker.process.pid})`);
      failures.set(process, (failures.get(process) ?? 0) + 1);
      worker.on('message', (message) => {
        if (message !== startedMessage) return;
        failures.set(process, 0);
        say(`${process.name}: started`);
        ready.add(process);
        if (ready.size < wanted.length) return;
        say(`all ${wanted.length} processes ${complete ? 'running again' : 'started'}`);
        complete = true;
      });
      worker.once('exit', (exitCode, signal) => {
        running.delete(process);
        ready.delete(process);
        if (code !== undefined) return finish();
        // A process that has run before may find a changed file: the others continue.
        if (exitCode === refusedCode && !ends.has(process)) {
          say(`${process.name}: invalid configuration; stopping all processes`);
          return stopAll(1);
        }
        const now = performance.now();
        const recent = [...(ends.get(process) ?? []).filter((at) => at > now - window), now];
        ends.set(process, recent);
        const failed = failures.get(process) ?? 0;
        if (failed > maxRestarts) {
          say(`${process.name}: exited ${failed} times during startup; stopping all processes`);
          return stopAll(1);
        }
        if (recent.length > maxRestarts) {
          say(`${process.name}: exited ${recent.length} times within ${window / 1_000} s; stopping all processes`);
          return stopAll(1);
        }
        const wait = Math.min(delay * 2 ** (recent.length - 1), longestDelay);
        say(`${process.name}: exited with ${signal ?? exitCode}; restarting in ${wait} ms`);
        after(wait, () => start(process));
      });
    };
    // A second signal kills at once.
    const stop = () => (code === undefined ? stopAll(0) : kill('SIGKILL'));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
    for (const process of wanted) start(process);
  });
}
