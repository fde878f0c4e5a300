import { type OptionNames, thrownText } from '@omnitron-dev/netron';
import { type DestinationStream, type Logger as Pino, pino, stdSerializers } from 'pino';
import { checkFlag, checkTexts, readNamed } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { shown } from '../util/secret-names.js';
import { isThenable } from '../util/when-done.js';
import { factsWithoutSecrets } from '../util/without-secrets.js';
import type { LogExport } from './log-export.js';
import { Logger, type LogLevel, lineLevels } from './logger.js';
import { prettyLine } from './pretty.js';

/** A log line, for filters. */
export interface LogLine {
  readonly level: LogLevel;
  readonly facts: object;
  readonly message: string | undefined;
  /** Fields bound by `child`. */
  readonly bindings: Readonly<Record<string, unknown>>;
}

/** Options of a logger. */
export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Levels by module, as named by `child({ module })`: `{ netron: 'warn' }`. */
  readonly levels?: Readonly<Record<string, LogLevel>>;
  /** Lines for which it returns `false` are not written. */
  readonly filter?: (line: LogLine) => boolean;
  /** Paths whose values are hidden, in addition to names such as `password`, `token` and `authorization`: `['user.email', '*.card']`. */
  readonly redact?: readonly string[];
  /** Readable lines instead of JSON. Default: when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Target of the lines; its `flush`, if any, is called at the end. Default: standard output. */
  readonly destination?: { write(line: string): unknown; flush?(done: () => void): unknown };
  /** Fields of every line. */
  readonly bindings?: object;
  /** @internal Receives every written line. */
  readonly exported?: LogExport | undefined;
  /** Returns more fields for each line, such as the call in progress. */
  readonly context?: () => object | undefined;
}

const names: OptionNames<LoggerOptions> = {
  bindings: true,
  context: true,
  destination: true,
  exported: true,
  filter: true,
  level: true,
  levels: true,
  pretty: true,
  redact: true,
};

/** The application's logger, on pino: lines of JSON, or readable ones in a terminal. */
export class LoggerModule extends Logger {
  readonly #options: LoggerOptions;
  readonly #make: (level: LogLevel) => Pino;
  /** Created for the first written line: a silent application does not need it. */
  #made: Pino | undefined;
  #level: LogLevel;

  /** @throws TitanError `invalid_use` for unknown options or wrong types; errors of pino for invalid paths in `redact` */
  constructor(given: LoggerOptions = {}, /** @internal */ parent?: { level: LogLevel; make: (level: LogLevel) => Pino }) {
    super();
    const options = parent ? given : readLogger(given);
    const { level = 'info', redact = [] } = options;
    this.#options = options;
    this.#level = parent?.level ?? level;
    this.#make = parent?.make ?? ((wanted) => create(options, wanted));
    if (!parent && redact.length > 0) this.#made = this.#make(level);
    // Bypasses the export, which could not take it.
    if (!parent) options.exported?.onTrouble((facts, message) => this.#pino.warn(facts, message));
  }

  get level(): LogLevel {
    return this.#level;
  }

  set level(level: LogLevel) {
    checkLevel(level);
    this.#level = level;
    if (this.#made) this.#made.level = level;
  }

  get #pino(): Pino {
    this.#made ??= this.#make(this.#level);
    return this.#made;
  }

  trace(facts: object | string, message?: string): void {
    this.#write('trace', facts, message);
  }

  debug(facts: object | string, message?: string): void {
    this.#write('debug', facts, message);
  }

  info(facts: object | string, message?: string): void {
    this.#write('info', facts, message);
  }

  warn(facts: object | string, message?: string): void {
    this.#write('warn', facts, message);
  }

  error(facts: object | string, message?: string): void {
    this.#write('error', facts, message);
  }

  fatal(facts: object | string, message?: string): void {
    this.#write('fatal', facts, message);
  }

  child(bindings: object): LoggerModule {
    const safe = factsWithoutSecrets(bindings);
    const { module } = safe;
    const { levels } = this.#options;
    const level = typeof module === 'string' && levels && Object.hasOwn(levels, module) ? levels[module] : undefined;
    const make = (wanted: LogLevel) => this.#pino.child(safe, { level: wanted });
    return new LoggerModule(this.#options, { level: level ?? this.#level, make });
  }

  isLevelEnabled(level: LogLevel): boolean {
    return level !== 'silent' && this.#level !== 'silent' && lineLevels.indexOf(level) >= lineLevels.indexOf(this.#level);
  }

  async flush(): Promise<void> {
    const { exported, destination } = this.#options;
    await exported?.flush();
    if (destination?.flush) await new Promise<void>((resolve) => destination.flush?.(() => resolve()));
  }

  #write(level: (typeof lineLevels)[number], facts: object | string, message: string | undefined): void {
    if (!this.isLevelEnabled(level)) return;
    const { filter, exported, context } = this.#options;
    const record = typeof facts === 'string' ? {} : isError(facts) ? { err: facts } : facts;
    const text = shown(typeof facts === 'string' ? facts : message) as string | undefined;
    // A line whose filter fails is written.
    if (
      filter &&
      !attempt(
        () => filter({ level, facts: record, message: text, bindings: this.#pino.bindings() }),
        () => true,
      )
    )
      return;
    const around = context && attempt(context, () => unread);
    // Plain data from here on: no code of the program runs, or fails, while the line is written.
    const safe = { ...(around && factsWithoutSecrets(around)), ...factsWithoutSecrets(record) };
    exported?.add({ level, facts: safe, message: text, bindings: this.#pino.bindings() });
    this.#pino[level](safe, text);
  }
}

/** @throws TitanError `invalid_use` */
function readLogger(given: LoggerOptions): LoggerOptions {
  const options = readNamed('logger', given, names);
  const { level = 'info', levels = {}, redact, pretty } = options;
  for (const each of [level, ...Object.values(levels)]) checkLevel(each);
  checkTexts('logger.redact', redact);
  checkFlag('logger.pretty', pretty);
  return options;
}

/** @throws TitanError `invalid_use` */
function checkLevel(level: LogLevel): void {
  if (level !== 'silent' && !lineLevels.includes(level))
    throw new TitanError('invalid_use', `unknown log level '${String(level)}', expected ${lineLevels.join(', ')} or silent`);
}

function create({ redact = [], pretty, destination, bindings = {} }: LoggerOptions, level: LogLevel): Pino {
  return pino(
    {
      level,
      base: factsWithoutSecrets({ pid: process.pid, ...bindings }),
      serializers: { err: shownError, error: shownError },
      ...(redact.length > 0 ? { redact: { paths: [...redact], censor: '***' } } : {}),
    },
    targetOf(destination, pretty),
  );
}

function shownError(error: Error): unknown {
  try {
    return stdSerializers.err(error);
  } catch {
    // A getter of its class.
    return '(cannot be read)';
  }
}

function isError(facts: object): boolean {
  try {
    return facts instanceof Error;
  } catch {
    // A proxy that refuses.
    return false;
  }
}

/** Calls a function of the program for its log. Its errors do not fail calls that log. */
function attempt<T>(action: () => T, failed: (error: unknown) => T): T {
  try {
    return action();
  } catch (error) {
    return failed(error);
  }
}

/** Fields in place of those of a failed `context`. */
const unread = { context: '(cannot be read)' };

/** Target of the lines. The first line opens standard output. The first line that it fails to take is a warning of the process. */
function targetOf(destination: LoggerOptions['destination'], pretty: boolean | undefined): DestinationStream {
  let write: ((line: string) => unknown) | undefined;
  let told = false;
  const open = () => {
    const terminal = destination === undefined && process.stdout.isTTY === true;
    const target = destination ?? pino.destination({ fd: 1, sync: true });
    const color = terminal && !process.env.NO_COLOR;
    return (pretty ?? terminal) ? (line: string) => target.write(prettyLine(line, color)) : (line: string) => target.write(line);
  };
  const failed = (error: unknown) => {
    if (!told) process.emitWarning(`cannot write log lines: ${thrownText(error)}`, 'LogWarning');
    told = true;
  };
  return {
    write(line) {
      const written = attempt(() => {
        write ??= open();
        return write(line);
      }, failed);
      if (isThenable(written)) written.then(undefined, failed);
    },
  };
}
