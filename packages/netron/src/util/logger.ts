import type { Clock } from './clock.js';
import { hearPromise } from './hear-promise.js';

/** Logger that Netron writes to; pino, console and Titan's logger fit. Each method takes facts and a sentence. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** From talkative to silent. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Lines of one sentence within `period` milliseconds. */
const most = 10;
const period = 1_000;

/** When a sentence was said last, and how often it was left out since. */
interface Said {
  readonly times: number[];
  next: number;
  suppressed: number;
}

/**
 * Passes on what is at least as grave as `level`: of each sentence 10 lines within a second at most, whoever causes them. The
 * next one says as `suppressed` how many were left out. Sentences have to be constants of the program: each is remembered. A
 * logger that fails disturbs nobody.
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
        // Nobody is left to tell, and what was to be told of goes on.
      }
    };
  };
  return { debug: gate('debug'), info: gate('info'), warn: gate('warn'), error: gate('error') };
}
