import { checkValues } from '../util/check-values.js';
import { onlyOptions } from '../util/only-options.js';
import { RollingSum } from '../util/rolling-sum.js';
import type { BalancedPeer } from './load-balancer.js';
import { type OutlierOptions, outlierChecks } from './outlier-options.js';

const window = 10_000;
/** Longest ejection, in milliseconds. */
const longest = 300_000;

interface Record {
  inRow: number;
  /** Number of ejections; reset after a long time without one. */
  times: number;
  until: number;
  readonly calls: RollingSum;
  readonly failures: RollingSum;
}

/**
 * Ejects nodes whose calls fail.
 *
 * @throws RangeError when an option is out of range; TypeError for unknown options
 */
export class Outliers {
  readonly #options: Required<OutlierOptions>;
  readonly #records = new WeakMap<BalancedPeer, Record>();
  /** Whether any call has failed. */
  #failed = false;
  /** The list of the latest request to `ready`, and its result: the same result for the same nodes. */
  #list: readonly BalancedPeer[] = [];
  #ready: readonly BalancedPeer[] = [];
  /** Time until which the result is valid. */
  #holds = 0;

  constructor(options: OutlierOptions = {}) {
    onlyOptions('outliers', options, outlierChecks);
    checkValues('outliers', options, outlierChecks);
    const { consecutive = 5, rate = 0.5, volume = 20, ejection = 5_000, maxEjected = 0.5 } = options;
    this.#options = { consecutive, rate, volume, ejection, maxEjected };
  }

  /** Whether a node is ejected at `now`; `ready` may use it nevertheless. */
  ejected(peer: BalancedPeer, now: number): boolean {
    return (this.#records.get(peer)?.until ?? 0) > now;
  }

  /** Returns the peers that are not ejected; all of them when too many would be. The same array while nothing changes. */
  ready(peers: readonly BalancedPeer[], now: number): readonly BalancedPeer[] {
    if (peers === this.#list && now < this.#holds) return this.#ready;
    const good: BalancedPeer[] = [];
    let holds = Infinity;
    for (const peer of peers) {
      const until = this.#records.get(peer)?.until ?? 0;
      if (until <= now) good.push(peer);
      else holds = Math.min(holds, until);
    }
    const all = good.length === peers.length || peers.length - good.length > this.#options.maxEjected * peers.length;
    this.#list = peers;
    this.#ready = all ? peers : Object.freeze(good);
    this.#holds = holds;
    return this.#ready;
  }

  report(peer: BalancedPeer, success: boolean, now: number): void {
    if (success && !this.#failed) return;
    let record = this.#records.get(peer);
    if (record === undefined) {
      if (success) return;
      this.#failed = true;
      record = { inRow: 0, times: 0, until: 0, calls: new RollingSum(window), failures: new RollingSum(window) };
      this.#records.set(peer, record);
    }
    record.calls.add(now);
    if (success) {
      record.inRow = 0;
      if (record.times > 0 && now - record.until > longest) record.times = 0;
      return;
    }
    record.inRow += 1;
    record.failures.add(now);
    const { consecutive, rate, volume } = this.#options;
    const calls = record.calls.total(now);
    if (record.inRow >= consecutive || (calls >= volume && record.failures.total(now) >= rate * calls)) this.#eject(record, now);
  }

  #eject(record: Record, now: number): void {
    if (record.until > now) return;
    record.times += 1;
    record.until = now + Math.min(longest, this.#options.ejection * record.times);
    record.inRow = 0;
    record.calls.clear();
    record.failures.clear();
    this.#holds = 0;
  }
}
