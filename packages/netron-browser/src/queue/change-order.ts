/** Order of changes: each is stored after those of its scope that were made before it, however long their arguments take to write. */
import type { Principal } from '../request/principal.js';

/** One queued call from its start: middleware may hold it before the change is made. */
export interface CallMark {
  /** Users whose changes were cleared since the start; a promise resolves to `undefined` when the user could not be determined. */
  readonly cleared: Promise<string | undefined>[];
  /** Later calls have higher numbers. */
  readonly at: number;
  /** Ends the call. */
  end(): void;
}

/** Place of one change that is not stored yet. */
export interface Turn {
  readonly scope: string;
  readonly principal: Principal;
  readonly mark: CallMark;
  /** Resolves when all changes before it are stored or never will be. */
  readonly before: Promise<void> | undefined;
  readonly ended: Promise<void>;
  /** Releases the place: the change is stored or never will be. */
  end(): void;
}

export class ChangeOrder {
  readonly #calls = new Set<CallMark>();
  #latest = 0;
  readonly #open = new Set<Turn>();

  /** Marks the start of a call. */
  mark(): CallMark {
    const mark: CallMark = { cleared: [], at: ++this.#latest, end: () => void this.#calls.delete(mark) };
    this.#calls.add(mark);
    return mark;
  }

  begin(scope: string, principal: Principal, mark: CallMark): Turn {
    // Changes of previous users are skipped: their token may never arrive.
    const before = this.#ofCurrentUser()
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

  /** Prevents the calls of a user that have started so far from being stored. @returns the number of the latest of all calls */
  clear(owner: Promise<string | undefined>): number {
    for (const { cleared } of this.#calls) cleared.push(owner);
    return this.#latest;
  }

  #ofCurrentUser(): Turn[] {
    return [...this.#open].filter(({ principal }) => !principal.ended);
  }
}
