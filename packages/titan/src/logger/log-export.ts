import { withoutSecrets } from '../util/secret-names.js';
import type { LogLevel } from './logger.js';
import type { LogLine } from './logger-module.js';

/** A log line in the form of OpenTelemetry's exporters (`ReadableLogRecord`). */
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

/** Sends log lines somewhere: exporters of OpenTelemetry have this form. */
export interface LogExporter {
  export(logs: ExportedLog[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

const severities: Readonly<Record<LogLevel, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21, silent: 0 };

/** Lines that wait at most; later ones are counted and left out. */
const mostWaiting = 2_048;

/** Milliseconds that the exporter has at the end. */
const lastPatience = 5_000;

/** Hands lines to an exporter in batches, one batch at a time, and never keeps a program waiting. */
export class LogExport {
  readonly #exporter: LogExporter;
  readonly #name: string;
  #waiting: ExportedLog[] = [];
  #sending: Promise<void> | undefined;
  #dropped = 0;

  /** @param name of the application, as `service.name` */
  constructor(exporter: LogExporter, name: string) {
    this.#exporter = exporter;
    this.#name = name;
  }

  /** Lines that were left out because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line. */
  add({ level, facts, message, bindings }: LogLine, context: object | undefined): void {
    if (this.#waiting.length >= mostWaiting) {
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
      attributes: attributesOf({ ...bindings, ...context, ...facts }),
      resource: { attributes: { 'service.name': this.#name } },
      instrumentationScope: { name: '@omnitron-dev/titan' },
      droppedAttributesCount: 0,
    });
    this.#sending ??= this.#send();
  }

  /** Resolves when the lines that wait have been handed over, or five seconds have passed. */
  async flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lastPatience);
      timer.unref();
    });
    const all = async () => {
      await this.#sending;
      await this.#exporter.forceFlush?.();
    };
    await Promise.race([all().catch(() => {}), late]);
    clearTimeout(timer);
  }

  async #send(): Promise<void> {
    // Lines of one turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      // A failed batch is lost: logging must not grow while its target is away.
      await new Promise<void>((resolve) => {
        try {
          this.#exporter.export(batch, () => resolve());
        } catch {
          resolve();
        }
      });
    }
    this.#sending = undefined;
  }
}

function attributesOf(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const safe = withoutSecrets(facts);
  const entries = Object.entries(safe).flatMap(([name, value]): [string, unknown][] => {
    if (!(value instanceof Error)) return [[name, value]];
    return [
      ['exception.type', value.name],
      ['exception.message', value.message],
      ['exception.stacktrace', value.stack],
    ];
  });
  return Object.fromEntries(entries);
}
