import type { AetherError } from './error.js';
import type { Context, Scope } from './owner.js';

/** A thrown value that is not an error: no handler receives it. */
export abstract class Notice {
  /** Settles when its thrower can continue. Never rejects. */
  declare readonly until?: Promise<void>;

  /** Returns an error if waiting would never end, because the waiting function runs again and discards the awaited result. */
  endless?(runner: Scope & { readonly name: string }): AetherError | undefined;

  /** Notifies its recipients, instead of a handler. */
  tell?(context: Context | undefined): void;
}
