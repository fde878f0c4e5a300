/** Options and budget of the JSON codec. */
import type { ErrorCodec } from '../errors/wire-error.js';
import { type Limits, maxCostly, maxDepth } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';

/** Options of reading and writing JSON. */
export interface JsonOptions {
  /** `true`: `{"v":…,"t":[…]}`, which says everything the wire can. `false`: natural JSON, as any client reads it. */
  readonly rich: boolean;
  /** Turns errors into data and back. Without it a value must not hold any. */
  readonly errors?: ErrorCodec | undefined;
  /** Levels and elements. Default: those of a connection. An element of a Map takes two levels. */
  readonly limits?: Pick<Limits, 'depth' | 'elements'>;
}

/** Levels of JSON around values that are themselves not nested deeper than `depth`: the envelope and the list of tags. */
export function jsonDepth(depth: number): number {
  return Math.min(depth, maxDepth) + 2;
}

/** Budget of the elements that one text may hold. */
export class ElementBudget {
  #left: number;
  #costlyLeft = maxCostly;
  readonly #most: number;

  constructor(most: number, spent: number) {
    this.#most = most;
    this.#left = most - spent;
  }

  /** Takes elements, before they are built. */
  spend(elements: number): void {
    this.#left -= elements;
    if (this.#left < 0) throw malformed(`more than ${this.#most} elements`);
  }

  /** Takes the cost of a value that takes long to make, as on the wire. */
  spendCostly(cost: number): void {
    if (cost === 0) return;
    this.spend(cost);
    this.#costlyLeft -= cost;
    if (this.#costlyLeft < 0) throw malformed('too many errors, RegExps and numbers as keys of Maps or elements of Sets');
  }
}
