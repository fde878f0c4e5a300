import { checkNames, checkNumber } from '../errors/check-options.js';

/** Values recorded under one name. */
export interface MetricSeries {
  readonly name: string;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Last recorded value. */
  readonly last: number;
}

/** Options of the metrics. */
export interface MetricsOptions {
  /** Largest number of names; values under further names are only counted. Default 1,000. */
  readonly maxSeries?: number;
}

/**
 * Numbers that the application records, by name. Names may contain user data (`device.17.health`), since the number of
 * series is limited. It is a token: `constructor(private metrics: Metrics)`.
 */
export class Metrics {
  readonly #limit: number;
  readonly #series = new Map<string, { -readonly [K in keyof MetricSeries]: MetricSeries[K] }>();
  #dropped = 0;

  /** @throws TitanError `invalid_use` when an option is unknown or of another type */
  constructor(options: MetricsOptions = {}) {
    checkNames('metrics', options, { maxSeries: true });
    checkNumber('metrics.maxSeries', options.maxSeries, 0);
    this.#limit = options.maxSeries ?? 1_000;
  }

  /**
   * Records a number, or each number of an object, as `name.key`. Other values and non-finite numbers are ignored.
   *
   * @param name such as `device.17.health`
   */
  record(name: string, data: number | object): void {
    if (typeof data === 'number') return this.#add(name, data);
    for (const [key, value] of Object.entries(data ?? {})) if (typeof value === 'number') this.#add(`${name}.${key}`, value);
  }

  /** Returns all series, by name. */
  snapshot(): readonly MetricSeries[] {
    return [...this.#series.values()].map((series) => ({ ...series }));
  }

  /** Returns the series of one name. */
  get(name: string): MetricSeries | undefined {
    const series = this.#series.get(name);
    return series && { ...series };
  }

  /** Number of values dropped because there were too many series. */
  get dropped(): number {
    return this.#dropped;
  }

  #add(name: string, value: number): void {
    if (!Number.isFinite(value)) return;
    const series = this.#series.get(name);
    if (series) {
      series.count += 1;
      series.sum += value;
      series.min = Math.min(series.min, value);
      series.max = Math.max(series.max, value);
      series.last = value;
    } else if (this.#series.size < this.#limit) {
      this.#series.set(name, { name, count: 1, sum: value, min: value, max: value, last: value });
    } else this.#dropped += 1;
  }
}
