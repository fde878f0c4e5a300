/** Options of the JSON codec and its budget. */
import type { ErrorCodec } from '../errors/wire-error.js';
import { type Limits, maxCostly, maxDepth } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';

/** Options of reading and writing JSON. */
export interface JsonOptions {
  /** `true`: `{"v":…,"t":[…]}`, which represents every value of the wire. `false`: natural JSON, which any client can read. */
  readonly rich: boolean;
  /** Converts errors to data and back. Without it, a value must not contain errors. */
  readonly errors?: ErrorCodec | undefined;
  /** Limits of nesting and elements. Default: those of a connection. An element of a Map takes two levels. */
  readonly limits?: Pick<Limits, 'depth' | 'elements'>;
}

/** Returns the levels of JSON for values nested up to `depth`, including the envelope and the list of tags. */
export function jsonDepth(depth: number): number {
  return Math.min(depth, maxDepth) + 2;
}

/** Budget for the elements of one text. */
export class ElementBudget {
  #left: number;
  #costlyLeft = maxCostly;
  readonly #most: number;

  constructor(most: number, spent: number) {
    this.#most = most;
    this.#left = most - spent;
  }

  /** Takes elements before they are built. */
  spend(elements: number): void {
    this.#left -= elements;
    if (this.#left < 0) throw malformed(`more than ${this.#most} elements`);
  }

  /** Takes the cost of a value that is slow to build, as on the wire. */
  spendCostly(cost: number): void {
    if (cost === 0) return;
    this.spend(cost);
    this.#costlyLeft -= cost;
    if (this.#costlyLeft < 0) throw malformed('too many errors, RegExps and numbers as keys of Maps or elements of Sets');
  }
}
