import { maxCostly } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';

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
