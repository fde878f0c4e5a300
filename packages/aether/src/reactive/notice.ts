import type { AetherError } from './error.js';
import type { Context, Scope } from './owner.js';

/** Something that is thrown and no error: no handler hears of it. */
export abstract class Notice {
  /** Settles when whoever has thrown it can go on. Never rejects. */
  declare readonly until?: Promise<void>;

  /** Returns an error when waiting would have no end, because whoever waits runs again, which ends what it waits for. */
  endless?(runner: Scope & { readonly name: string }): AetherError | undefined;

  /** Tells those who have to know, instead of a handler. */
  tell?(context: Context | undefined): void;
}
