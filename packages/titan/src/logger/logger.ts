/** Log level, from verbose to silent. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The levels of lines, the least severe first. */
export const lineLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/**
 * Writes lines with fields and a message. It is a token: `constructor(private logger: Logger)` injects the application's
 * logger. It can be passed wherever Netron expects a logger.
 */
export abstract class Logger {
  /** Lines below it are not written. It can be changed while the program runs. */
  abstract level: LogLevel;
  abstract trace(facts: object | string, message?: string): void;
  abstract debug(facts: object | string, message?: string): void;
  abstract info(facts: object | string, message?: string): void;
  abstract warn(facts: object | string, message?: string): void;
  abstract error(facts: object | string, message?: string): void;
  abstract fatal(facts: object | string, message?: string): void;
  /**
   * A logger whose lines all carry `bindings`. With `{ module: 'db' }`, the level that is set for this module holds.
   *
   * @param bindings facts for every line
   */
  abstract child(bindings: object): Logger;
  /** Whether lines of a level are written: for facts that are expensive to make. */
  abstract isLevelEnabled(level: LogLevel): boolean;
  /** Resolves when everything that was logged has been written. */
  abstract flush(): Promise<void>;
}
