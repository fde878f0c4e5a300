import { EffectNode } from '../reactive/effect.js';
import { isSignal } from '../reactive/signal.js';

/** The effect of a function that stands in a view, and in whose place another may stand when the view is shown again. */
export abstract class Followed extends EffectNode {
  /** Takes another function and runs it, unless it is the same signal. Returns false for anything else. */
  patch(value: unknown): boolean {
    if (typeof value !== 'function') return false;
    if (value !== this.fn || !isSignal(value)) {
      this.fn = value as () => unknown;
      this.again();
    }
    return true;
  }
}
