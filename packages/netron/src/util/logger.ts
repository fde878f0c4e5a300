/** What Netron logs to; pino, console and Titan's logger fit. Each method takes facts and a sentence. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** From talkative to silent. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Passes on what is at least as grave as `level`. */
export function leveled(logger: Logger, level: LogLevel): Logger {
  const from = levels.indexOf(level);
  const gate = (name: 'debug' | 'info' | 'warn' | 'error') =>
    levels.indexOf(name) < from ? () => {} : (facts: object, message: string) => logger[name](facts, message);
  return { debug: gate('debug'), info: gate('info'), warn: gate('warn'), error: gate('error') };
}
