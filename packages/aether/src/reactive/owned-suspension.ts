import { AetherError } from './error.js';
import type { Scope } from './owner.js';
import { Suspension } from './suspend.js';

/** A suspension whose answer is lost with its owner. */
export class OwnedSuspension extends Suspension {
  override endless(runner: Scope & { readonly name: string }): AetherError | undefined {
    for (let { owner } = this; owner !== undefined; owner = owner.parent) {
      if (owner === runner)
        return new AetherError(
          'cycle',
          `${runner.name}: the setup waits for data that it requests; read it in the view: () => data()`,
        );
    }
    return undefined;
  }
}
