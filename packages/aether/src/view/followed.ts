import { EffectNode } from '../reactive/effect.js';
import { isSignal } from '../reactive/signal.js';

/** The effect of a function in a view, which another function may replace when the view is shown again. */
export abstract class Followed extends EffectNode {
  /** Takes over another function and runs it, unless it is the same signal. Returns false for any other value. */
  patch(value: unknown): boolean {
    if (typeof value !== 'function') return false;
    if (value !== this.fn || !isSignal(value)) {
      this.fn = value as () => unknown;
      this.again();
    }
    return true;
  }
}
