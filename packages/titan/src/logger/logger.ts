/** Log level, from verbose to silent. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The levels of lines, the least severe first. */
export const lineLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/**
 * Writes lines with fields and a message. It is a token: `constructor(private logger: Logger)` injects the application's
 * logger. It can be passed wherever Netron expects a logger.
 */
export abstract class Logger {
  /** Lines below this level are not written. It can be changed at run time. */
  abstract level: LogLevel;
  abstract trace(facts: object | string, message?: string): void;
  abstract debug(facts: object | string, message?: string): void;
  abstract info(facts: object | string, message?: string): void;
  abstract warn(facts: object | string, message?: string): void;
  abstract error(facts: object | string, message?: string): void;
  abstract fatal(facts: object | string, message?: string): void;
  /**
   * Returns a logger whose lines all carry `bindings`. With `{ module: 'db' }`, the level of that module applies.
   *
   * @param bindings fields for every line
   */
  abstract child(bindings: object): Logger;
  /** Returns whether lines of a level are written. Check it before you build expensive fields. */
  abstract isLevelEnabled(level: LogLevel): boolean;
  /** Resolves when everything that was logged has been written. */
  abstract flush(): Promise<void>;
}
