/** Order in which changes are made: each is stored behind those of its scope that were made before it, however long it takes to write them. */
import type { Principal } from '../request/principal.js';

/** One call of a change, from its beginning: middleware may hold it before the change is made. */
export interface CallMark {
  /** Users whose changes were cleared since; `undefined` for one that could not be told. */
  readonly cleared: Promise<string | undefined>[];
  /** Later calls have higher numbers. */
  readonly at: number;
  /** The call has ended. */
  end(): void;
}

/** Place of one change that is not stored yet. */
export interface Turn {
  readonly scope: string;
  readonly principal: Principal;
  readonly mark: CallMark;
  /** Resolves when all before it are stored, or will never be. */
  readonly before: Promise<void> | undefined;
  readonly ended: Promise<void>;
  /** It is stored, or will never be. */
  end(): void;
}

export class Turns {
  readonly #calls = new Set<CallMark>();
  #latest = 0;
  readonly #open = new Set<Turn>();

  /** Marks the beginning of a call. */
  mark(): CallMark {
    const mark: CallMark = { cleared: [], at: ++this.#latest, end: () => void this.#calls.delete(mark) };
    this.#calls.add(mark);
    return mark;
  }

  begin(scope: string, principal: Principal, mark: CallMark): Turn {
    // The token of somebody else may never come.
    const before = this.#present()
      .filter((turn) => turn.scope === scope)
      .at(-1)?.ended;
    let settle: (after: Promise<void> | undefined) => void;
    const ended = new Promise<void>((resolve) => (settle = resolve));
    const turn: Turn = {
      ...{ scope, principal, mark, before, ended },
      end: () => {
        this.#open.delete(turn);
        settle(before);
      },
    };
    this.#open.add(turn);
    return turn;
  }

  /** Lets nothing be stored whose call by a user has begun up to now. @returns the number of the latest of all calls */
  clear(owner: Promise<string | undefined>): number {
    for (const { cleared } of this.#calls) cleared.push(owner);
    return this.#latest;
  }

  #present(): Turn[] {
    return [...this.#open].filter(({ principal }) => !principal.ended);
  }
}
