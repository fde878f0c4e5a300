import type { Clock } from './clock.js';
import { hearPromise } from './hear-promise.js';

/** Logger that Netron writes to; pino, console and Titan's logger match it. Each method takes an object of facts and a message. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** From verbose to silent. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Most lines of one message within `period` milliseconds. */
const most = 10;
const period = 1_000;

/** Time at which a message was last logged, and how often it was suppressed since. */
interface Said {
  readonly times: number[];
  next: number;
  suppressed: number;
}

/**
 * Returns a logger that passes on lines of at least `level`, and of each message at most 10 lines within a second. The next line reports as
 * `suppressed` how many were left out. Messages must be constants of the program, since each is remembered. Errors of the logger are
 * ignored.
 */
export function leveled(logger: Logger, level: LogLevel, clock: Pick<Clock, 'now'>): Logger {
  const from = levels.indexOf(level);
  const sentences = new Map<string, Said>();
  const gate = (name: 'debug' | 'info' | 'warn' | 'error') => {
    if (levels.indexOf(name) < from) return () => {};
    return (facts: object, message: string) => {
      const said = sentences.get(message) ?? { times: [], next: 0, suppressed: 0 };
      sentences.set(message, said);
      const { times, next, suppressed } = said;
      const now = clock.now();
      if (now - (times[next] ?? -Infinity) < period) {
        said.suppressed += 1;
        return;
      }
      times[next] = now;
      said.next = (next + 1) % most;
      said.suppressed = 0;
      try {
        hearPromise(logger[name](suppressed === 0 ? facts : { ...facts, suppressed }, message));
      } catch {
        // There is no one to report it to, and the operation being logged continues.
      }
    };
  };
  return { debug: gate('debug'), info: gate('info'), warn: gate('warn'), error: gate('error') };
}
