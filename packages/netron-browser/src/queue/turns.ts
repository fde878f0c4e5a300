/** Order in which changes are made: each is stored behind those of its scope that were made before it, however long it takes to write them. */
import type { Principal } from '../request/principal.js';

/** Place of one change that is not stored yet. */
export interface Turn {
  readonly scope: string;
  readonly principal: Principal;
  /** Resolves when all before it are stored, or will never be. */
  readonly before: Promise<void> | undefined;
  readonly ended: Promise<void>;
  /** Whether the queue was cleared meanwhile. */
  cleared: boolean;
  /** It is stored, or will never be. */
  end(): void;
}

export class Turns {
  readonly #open = new Set<Turn>();

  begin(scope: string, principal: Principal): Turn {
    // The token of somebody else may never come.
    const before = this.#present()
      .filter((turn) => turn.scope === scope)
      .at(-1)?.ended;
    let settle: (after: Promise<void> | undefined) => void;
    const ended = new Promise<void>((resolve) => (settle = resolve));
    const turn: Turn = {
      ...{ scope, principal, before, ended, cleared: false },
      end: () => {
        this.#open.delete(turn);
        settle(before);
      },
    };
    this.#open.add(turn);
    return turn;
  }

  /** Lets nothing be stored that the present user has made up to now. */
  clear(): void {
    for (const turn of this.#present()) turn.cleared = true;
  }

  #present(): Turn[] {
    return [...this.#open].filter(({ principal }) => !principal.ended);
  }
}
