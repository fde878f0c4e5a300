/** Order in which changes are made: each is stored behind those of its scope that were made before it, however long it takes to write them. */
import type { Principal } from '../request/principal.js';

/** Place of one change that is not stored yet. */
export interface Turn {
  readonly scope: string;
  readonly principal: Principal;
  /** Resolves when all before it are stored, or will never be. */
  readonly before: Promise<void> | undefined;
  readonly ended: Promise<void>;
  /** Users whose changes were cleared meanwhile; `undefined` for one that could not be told. */
  readonly cleared: Promise<string | undefined>[];
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
      ...{ scope, principal, before, ended, cleared: [] },
      end: () => {
        this.#open.delete(turn);
        settle(before);
      },
    };
    this.#open.add(turn);
    return turn;
  }

  /** Lets nothing be stored that a user has made up to now. */
  clear(owner: Promise<string | undefined>): void {
    for (const turn of this.#open) turn.cleared.push(owner);
  }

  #present(): Turn[] {
    return [...this.#open].filter(({ principal }) => !principal.ended);
  }
}
