import { within } from '../util/deadline.js';
import type { LogLevel } from './logger.js';
import type { LogLine } from './logger-module.js';

/** A log line in the format of OpenTelemetry exporters (`ReadableLogRecord`). */
export interface ExportedLog {
  readonly hrTime: [number, number];
  readonly hrTimeObserved: [number, number];
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  readonly instrumentationScope: { readonly name: string };
  readonly droppedAttributesCount: number;
}

/** Exports log lines; OpenTelemetry exporters have this interface. */
export interface LogExporter {
  export(logs: ExportedLog[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

const severities: Readonly<Record<LogLevel, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21, silent: 0 };

/** Largest number of waiting lines; further ones are dropped and counted. */
const maxWaiting = 2_048;

/** Timeout of the exporter for a batch, in milliseconds; then the next one is sent. */
const patience = 30_000;

/** Timeout of the exporter at the end, in milliseconds. */
const lastPatience = 5_000;

/** Result code of a successful batch. */
const taken = 0;

/** Receives failures of the export: fields and a message. */
export type ReportTrouble = (facts: object, message: string) => void;

/** Passes lines to an exporter in batches, one batch at a time, and never blocks the program. */
export class LogExport {
  readonly #exporter: LogExporter;
  readonly #name: string;
  #waiting: ExportedLog[] = [];
  #sending: Promise<void> | undefined;
  #report: ReportTrouble = () => {};
  #failing = false;
  #dropped = 0;
  /** Number of reported dropped lines. */
  #told = 0;

  /** @param name of the application, as `service.name` */
  constructor(exporter: LogExporter, name: string) {
    this.#exporter = exporter;
    this.#name = name;
  }

  /** Calls `report` with failures, the first one after a successful batch, and with the number of dropped lines. */
  onTrouble(report: ReportTrouble): void {
    this.#report = report;
  }

  /** Number of lines dropped because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a line, whose fields contain no secrets. */
  add({ level, facts, message, bindings }: LogLine): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#dropped += 1;
      return;
    }
    const ms = Date.now();
    const time: [number, number] = [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
    this.#waiting.push({
      hrTime: time,
      hrTimeObserved: time,
      severityNumber: severities[level],
      severityText: level.toUpperCase(),
      body: message,
      attributes: attributesOf({ ...bindings, ...facts }),
      resource: { attributes: { 'service.name': this.#name } },
      instrumentationScope: { name: '@omnitron-dev/titan' },
      droppedAttributesCount: 0,
    });
    this.#sending ??= this.#send();
  }

  /** Resolves when all waiting lines have been passed on, or after five seconds. */
  async flush(): Promise<void> {
    await this.#last(async () => {
      await this.#sending;
      await this.#exporter.forceFlush?.();
    });
  }

  /** Passes on all waiting lines, and shuts down the exporter. */
  async close(): Promise<void> {
    await this.flush();
    await this.#last(() => this.#exporter.shutdown?.());
  }

  async #last(step: () => unknown): Promise<void> {
    await within(lastPatience, async () => step(), { background: true }).catch((error: unknown) => this.#failed(error));
    this.#tellDropped();
  }

  async #send(): Promise<void> {
    // Lines of one turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      // A failed batch is lost: logging must not grow while its target is away.
      try {
        await within(patience, () => this.#export(batch), { background: true });
        this.#failing = false;
      } catch (error) {
        this.#failed(error);
      }
      this.#tellDropped();
    }
    this.#sending = undefined;
  }

  #export(batch: ExportedLog[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exporter.export(batch, ({ code, error }) => {
        if (code === taken) resolve();
        else reject(error ?? new Error(`the exporter returned code ${code}`));
      });
    });
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#report({ err: error }, 'cannot export log lines');
    this.#failing = true;
  }

  #tellDropped(): void {
    const lines = this.#dropped - this.#told;
    this.#told = this.#dropped;
    if (lines > 0) this.#report({ lines }, 'log lines were dropped: the export queue is full');
  }
}

function attributesOf(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(facts).flatMap(([name, value]): [string, unknown][] => {
    if (!(value instanceof Error)) return [[name, value]];
    return [
      ['exception.type', value.name],
      ['exception.message', value.message],
      ['exception.stacktrace', value.stack],
    ];
  });
  return Object.fromEntries(entries);
}
